package cli

import (
	"encoding/csv"
	"errors"
	"io"
)

// writeCSV writes a line of names and then lines of cells, verbatim as query does.
func writeCSV(out io.Writer, names []string, lines [][]string) error {
	w := csv.NewWriter(out)
	err := w.Write(names)
	for _, l := range lines {
		err = errors.Join(err, w.Write(l))
	}
	w.Flush()
	return errors.Join(err, w.Error())
}
