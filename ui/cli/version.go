package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/spf13/cobra"
)

// release is the version of the source tree.
const release = "0.1.0"

// build describes the running program; it stands in the ledger and in every manifest.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	DuckDB   string `json:"duckdb"`
	SHA256   string `json:"sha256"`
}

// thisBuild is the running program's.
func thisBuild() build {
	b := build{Version: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, SHA256: programHash()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
		for _, d := range info.Deps {
			if d.Path == "github.com/duckdb/duckdb-go/v2" {
				b.DuckDB = d.Version
			}
		}
	}
	return b
}

// programHash reads the program's own file, once. It is empty where the file cannot be read.
var programHash = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
})

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the database engine and the program's own SHA-256",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return json.NewEncoder(p.stdout).Encode(b)
			}
			_, err := fmt.Fprintf(p.stdout, "trailsift %s %s %s, DuckDB driver %s\nsha256 %s\n", b.Version, b.Go, b.Platform, b.DuckDB, b.SHA256)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return manual(c.Root(), p.stdout) },
	}
}
