package preset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// filesLimit bounds how many files of one folder are read.
const filesLimit = 1000

// Load reads the presets of a folder. A file that is none is an error beside the others; a folder
// that is not there is empty. Presets decide what an investigator is shown, so a folder or file that
// others could have written is refused, and links are not followed.
func Load(dir string) ([]Preset, []error) {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err == nil {
		err = trusted(dir, info)
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read presets: %w", err)}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, []error{fmt.Errorf("read presets: %w", err)}
	}
	defer root.Close()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, []error{fmt.Errorf("read presets: %w", err)}
	}
	var out []Preset
	var errs []error
	for i, e := range entries {
		if i == filesLimit {
			errs = append(errs, fmt.Errorf("read presets: %s holds more than %d files; the rest is not read", dir, filesLimit))
			break
		}
		if filepath.Ext(e.Name()) != ".yaml" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		p, err := loadFile(root, dir, e.Name())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, p)
	}
	return out, errs
}

func loadFile(root *os.Root, dir, name string) (Preset, error) {
	path := filepath.Join(dir, name)
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return Preset{}, fmt.Errorf("preset %s is not read: it is a link or no plain file", path)
	}
	if err == nil {
		err = trusted(path, info)
	}
	if err != nil {
		return Preset{}, fmt.Errorf("preset %s is not read: %w", path, err)
	}
	f, err := root.Open(name)
	if err != nil {
		return Preset{}, fmt.Errorf("preset %s is not read: %w", path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(form.Bytes)+1))
	if err != nil {
		return Preset{}, fmt.Errorf("preset %s is not read: %w", path, err)
	}
	return Parse(path, text)
}

// ErrExists says that a preset of that name is there.
var ErrExists = errors.New("a preset of that name exists")

// Save writes p into dir and returns the file. It replaces nothing unless told to.
func Save(dir string, p Preset, replace bool) (string, error) {
	if p.Name = cleanName(p.Name); p.Name == "" {
		return "", errors.New("a preset needs a name of letters and digits")
	}
	path := filepath.Join(dir, p.Name+".yaml")
	text := p.text()
	// What is written must be what is read back.
	if _, err := Parse(path, text); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return path, fmt.Errorf("%w: %s", ErrExists, p.Name)
	}
	if err := write(dir, path, text); err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	return path, nil
}

// write puts text at path entirely or not at all.
func write(dir, path string, text []byte) error {
	temp, err := os.CreateTemp(dir, ".preset-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// text is p as YAML. Every text stands in double quotes with the escapes of JSON, which YAML shares
// (YAML 1.2.2, section 5.7), so that nothing a filter holds can be read as anything else.
func (p Preset) text() []byte {
	var b bytes.Buffer
	line := func(name string, value any) {
		if value == "" || value == false || value == 0 {
			return
		}
		v, err := json.Marshal(value)
		if err != nil {
			panic(err) // texts, lists of texts, numbers and truth values only
		}
		fmt.Fprintf(&b, "%s: %s\n", name, v)
	}
	line("name", p.Name)
	line("title", p.Title)
	line("topic", p.Topic)
	line("question", p.Question)
	fmt.Fprintf(&b, "filter: %s\n", quoted(p.Filter))
	if len(p.Group) > 0 {
		line("group", p.Group)
	}
	line("over", p.Over)
	if len(p.Least) > 0 {
		line("least", p.Least)
	}
	line("audit", p.Audit)
	line("noun", p.Noun)
	line("sort", p.Sort)
	if len(p.Params) > 0 {
		b.WriteString("params:\n")
	}
	for _, q := range p.Params {
		fmt.Fprintf(&b, "  - name: %s\n", quoted(q.Name))
		line("    help", q.Help)
		line("    default", q.Default)
		line("    field", q.Field)
		line("    glob", q.Glob)
		line("    list", q.List)
	}
	if len(p.Evidence) > 0 {
		line("evidence", p.Evidence)
	}
	line("reading", p.Reading)
	fmt.Fprintf(&b, "empty: %s\n", quoted(p.Empty))
	line("next", p.Next)
	line("lead", p.Lead)
	line("weight", p.Weight)
	return b.Bytes()
}

func quoted(s string) []byte {
	v, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text
	}
	return v
}

// reserved are names that some systems keep for devices, whatever follows the dot.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com0": true, "com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt0": true, "lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// FileName is the name that a preset called name is saved under; empty when nothing of it can stay.
func FileName(name string) string { return cleanName(name) }

// cleanName keeps what is safe in a file name anywhere: a-z, 0-9 and single dashes, at most 60.
func cleanName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	out := strings.Trim(b.String(), "-")
	if reserved[out] {
		return out + "-preset"
	}
	return out
}
