// Package notebook keeps what an investigator writes about a case: marks, tags and notes on records,
// saved views, and where the last session left off. It is one file of JSON lines in the case, only
// ever appended to and synced line by line. It must not know how records are stored or shown.
package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"

	"trailsift/model"
)

// FileName is the notebook's name in a case.
const FileName = "notebook.jsonl"

// lineLimit bounds one line; a longer one in the file is reported and skipped.
const lineLimit = 1 << 20

// ErrTooLong refuses a note that would not be read back.
var ErrTooLong = errors.New("the note is too long")

// line is an entry as the file has it.
type line struct {
	Kind   model.NoteKind `json:"kind"`
	At     string         `json:"at"`
	By     string         `json:"by,omitempty"`
	Record *record        `json:"record,omitempty"`
	About  []model.Said   `json:"about,omitempty"`
	Name   string         `json:"name,omitempty"`
	Text   string         `json:"text,omitempty"`
}

type record struct {
	Log    string `json:"log"`
	Member int64  `json:"member"`
	Number uint32 `json:"number"`
}

// Book is the notebook of a case.
type Book struct {
	path string
	by   string
	now  func() time.Time

	mu       sync.Mutex
	state    model.Notebook
	problems []string
	ragged   bool // the file does not end in a line end
}

// Open reads the notebook in the case folder dir; one that does not exist yet is empty. Lines that
// cannot be read stay in the file and are told by Problems.
func Open(dir, by string, now func() time.Time) (*Book, error) {
	b := &Book{path: filepath.Join(dir, FileName), by: by, now: now}
	f, err := os.Open(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the notebook: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the notebook: %w", err)
	}
	b.ragged = len(text) > 0 && text[len(text)-1] != '\n'
	for i, l := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		e, err := parse(l)
		if err != nil {
			b.problems = append(b.problems, fmt.Sprintf("notebook line %d is left out: %v", i+1, err))
			continue
		}
		b.state = b.state.With(e)
	}
	return b, nil
}

func parse(text []byte) (model.NoteEntry, error) {
	if len(text) > lineLimit {
		return model.NoteEntry{}, errors.New("it is too long")
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return model.NoteEntry{}, errors.New("it is no JSON object of a note")
	}
	e := model.NoteEntry{Kind: l.Kind, By: l.By, About: l.About, Name: l.Name, Text: l.Text}
	at, err := time.Parse(time.RFC3339, l.At)
	if err != nil {
		return e, errors.New("its time is none")
	}
	e.At = at.UTC()
	switch l.Kind {
	case model.NoteMark, model.NoteUnmark, model.NoteText, model.NoteTag, model.NoteUntag:
		if l.Record == nil {
			return e, errors.New("it names no record")
		}
		for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
			if log.String() == l.Record.Log {
				e.Record = model.RecordID{Log: log, Member: model.MemberID(l.Record.Member), Number: l.Record.Number}
			}
		}
		if e.Record.Log == 0 || e.Record.Number == 0 || e.Record.Member < 0 {
			return e, errors.New("its record is none")
		}
	case model.NoteView, model.NoteForget:
		if l.Name == "" {
			return e, errors.New("its view has no name")
		}
	case model.NoteSession:
	default:
		return e, errors.New("its kind is not known to this version")
	}
	return e, nil
}

// State is what the lines so far come to.
func (b *Book) State() model.Notebook {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// Problems tells which lines of the file could not be read.
func (b *Book) Problems() []string { return b.problems }

// Append adds a line and returns when it is on disk.
func (b *Book) Append(e model.NoteEntry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.At = b.now().UTC().Truncate(time.Second)
	if e.By == "" {
		e.By = b.by
	}
	for _, s := range []*string{&e.Name, &e.Text} {
		if !utf8.ValidString(*s) {
			return errors.New("the text is no UTF-8")
		}
	}
	text, err := json.Marshal(print(e))
	if err != nil {
		return fmt.Errorf("write the notebook: %w", err)
	}
	if len(text) > lineLimit {
		return ErrTooLong
	}
	if _, err := parse(text); err != nil {
		return fmt.Errorf("write the notebook: %w", err)
	}
	if err := b.write(append(text, '\n')); err != nil {
		return fmt.Errorf("write the notebook: %w", err)
	}
	b.state = b.state.With(e)
	return nil
}

func print(e model.NoteEntry) line {
	l := line{Kind: e.Kind, At: e.At.Format(time.RFC3339), By: e.By, About: e.About, Name: e.Name, Text: e.Text}
	if e.Record.Log != 0 {
		l.Record = &record{e.Record.Log.String(), int64(e.Record.Member), e.Record.Number}
	}
	return l
}

// write appends text in one piece. A line that was cut by a crash is closed first, so that it spoils
// no other.
func (b *Book) write(text []byte) (err error) {
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if b.ragged {
		text = append([]byte{'\n'}, text...)
	}
	n, err := f.Write(text)
	b.ragged = err != nil && n > 0
	if err != nil {
		return err
	}
	return f.Sync()
}
