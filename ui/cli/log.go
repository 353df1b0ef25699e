package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// diaryHead is how every line of a diary begins. Only a file that begins so is written on: any other
// may be evidence.
const diaryHead = "time="

// openLog turns the program's own diary on. It never holds evidence or secrets.
func (p *program) openLog() error {
	if p.log == "" {
		slog.SetDefault(slog.New(slog.DiscardHandler))
		return nil
	}
	f, err := openDiary(p.log)
	if err != nil {
		return access(fmt.Errorf("open the log %s: %w", p.log, err), "choose another --log FILE")
	}
	p.logCloser = f
	slog.SetDefault(slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return nil
}

func openDiary(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(diaryHead))
	n, err := f.ReadAt(head, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, errors.Join(err, f.Close())
	case n > 0 && !bytes.Equal(head, []byte(diaryHead)):
		return nil, errors.Join(errors.New("it holds something else, which may be evidence"), f.Close())
	}
	return f, nil
}
