package export

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/safe"
)

const (
	measured  = 500 // rows whose widths decide the columns'
	widestRow = 60  // characters of one column; longer cells push the rest aside
)

// table writes aligned columns. The first rows are held back to measure them.
type table struct {
	out    *bufio.Writer
	held   [][]string
	right  []bool
	widths []int
	begun  bool
}

func newTable(out io.Writer, names []string, kinds []model.Kind) *table {
	t := &table{out: bufio.NewWriter(out), right: make([]bool, len(names)), widths: make([]int, len(names))}
	for i, k := range kinds {
		t.right[i] = k == model.KindInt || k == model.KindSize
	}
	t.held = append(t.held, names)
	return t
}

func (t *table) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = safe.New(Text(v)).String()
		if v == nil {
			cells[i] = "-"
		}
	}
	if t.begun {
		return t.line(cells)
	}
	if t.held = append(t.held, cells); len(t.held) > measured {
		return t.begin()
	}
	return nil
}

func (t *table) begin() error {
	t.begun = true
	for _, cells := range t.held {
		for i, c := range cells {
			t.widths[i] = max(t.widths[i], min(utf8.RuneCountInString(c), widestRow))
		}
	}
	for _, cells := range t.held {
		if err := t.line(cells); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

func (t *table) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(c)))
		if t.right[i] {
			b.WriteString(pad + c)
		} else {
			b.WriteString(c + pad)
		}
	}
	_, err := t.out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	return err
}

func (t *table) flush() error {
	if !t.begun {
		if err := t.begin(); err != nil {
			return err
		}
	}
	return t.out.Flush()
}
