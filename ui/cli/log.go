package cli

import (
	"fmt"
	"log/slog"
	"os"
)

// openLog turns the program's own diary on. It never holds evidence or secrets.
func (p *program) openLog() error {
	if p.log == "" {
		slog.SetDefault(slog.New(slog.DiscardHandler))
		return nil
	}
	f, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return access(fmt.Errorf("open the log: %w", err), "choose another --log FILE")
	}
	p.logCloser = f
	slog.SetDefault(slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return nil
}
