package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"trailsift/queries/store"
)

// databaseName is the file that makes a directory a case.
const databaseName = "case.duckdb"

// isCase tells that dir is a case: a directory with a database in it.
func isCase(dir string) bool { return store.IsCase(dir) }

// casesDir is where cases live that nobody gave a place.
func (p *program) casesDir() (string, error) {
	base := p.getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", access(fmt.Errorf("find a place for cases: %w", err), "set XDG_DATA_HOME, or name the case with --case")
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "trailsift", "cases"), nil
}

// configDir is where the user's own presets live.
func (p *program) configDir() string {
	base := p.getenv("XDG_CONFIG_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "trailsift")
}

// caseFor names the case of some evidence: same sources, same case.
func (p *program) caseFor(sources []string) (string, error) {
	dir, err := p.casesDir()
	if err != nil {
		return "", err
	}
	full := make([]string, len(sources))
	for i, s := range sources {
		full[i] = absolute(s)
	}
	sort.Strings(full)
	sum := sha256.Sum256([]byte(strings.Join(full, "\x00")))
	return filepath.Join(dir, baseName(full[0])+"-"+hex.EncodeToString(sum[:4])+".case"), nil
}

func absolute(source string) string {
	if source == "-" || isS3(source) {
		return source
	}
	if a, err := filepath.Abs(source); err == nil {
		return a
	}
	return source
}

func isS3(source string) bool { return strings.HasPrefix(source, "s3://") }

// baseName makes a folder name out of a source: letters, digits, dot, dash and underscore, at most 40.
func baseName(source string) string {
	if source == "-" {
		return "stdin"
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, filepath.Base(strings.TrimPrefix(source, "s3://")))
	clean = strings.Trim(clean, ".-")
	if len(clean) > 40 {
		clean = clean[:40]
	}
	return orDefault(clean, "evidence")
}

// existingCase checks that dir is a case before anything opens it.
func (p *program) existingCase(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if alt, ok := p.caseByName(dir); ok {
			return usage("did you mean "+alt+"?", "there is no case at %s", dir)
		}
		return usage("make one with: trailsift load --case "+dir+" EVIDENCE", "there is no case at %s", dir)
	case err != nil:
		return access(fmt.Errorf("look at case %s: %w", dir, err), "check that you may read it")
	case !info.IsDir():
		return usage("a case is the folder that holds "+databaseName, "%s is a file, not a case", dir)
	case !isCase(dir):
		if _, err := os.Stat(filepath.Join(dir, databaseName)); errors.Is(err, fs.ErrPermission) {
			return access(fmt.Errorf("look at case %s: %w", dir, err), "check that you may read it")
		}
		return usage("load it into a case first: trailsift load --case NAME.case "+dir, "%s is no case: it holds no %s", dir, databaseName)
	}
	return nil
}

// shortName is what names a case on the command line: the last part of its path where that is enough.
func (p *program) shortName(dir string) string {
	name := strings.TrimSuffix(filepath.Base(dir), ".case")
	if absent(name) {
		if found, ok := p.caseByName(name); ok && found == dir {
			return name
		}
	}
	return dir
}

// caseByName finds a case below the usual place by its folder name, with or without the ending.
func (p *program) caseByName(name string) (string, bool) {
	if strings.ContainsRune(name, filepath.Separator) {
		return "", false
	}
	dir, err := p.casesDir()
	if err != nil {
		return "", false
	}
	for _, candidate := range []string{name, name + ".case"} {
		if full := filepath.Join(dir, candidate); isCase(full) {
			return full, true
		}
	}
	return "", false
}

// caseArgument turns what the user typed into a case directory.
func (p *program) caseArgument(name string) (string, error) {
	if isCase(name) {
		return name, nil
	}
	if dir, ok := p.caseByName(name); ok {
		return dir, nil
	}
	return "", p.existingCase(name)
}

// refuseInsideEvidence keeps a case away from what it is made of.
func refuseInsideEvidence(dir string, sources []string) error {
	at := absolute(dir)
	for _, s := range sources {
		if s == "-" || isS3(s) {
			continue
		}
		src := absolute(s)
		if info, err := os.Stat(src); err != nil || !info.IsDir() {
			continue
		}
		if rel, err := filepath.Rel(src, at); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return usage("choose a place outside the evidence", "case %s would lie inside the evidence %s", dir, s)
		}
	}
	return nil
}
