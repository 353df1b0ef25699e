package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
)

// showProgress writes how far a load or a verification has come to standard error, a few times a
// second: one rewritten line on a terminal, JSON lines when asked for, else nothing. The function it
// returns ends that and wipes the line.
func (p *program) showProgress(from *model.Progress) (stop func()) {
	asJSON := p.progress == "json"
	if p.quiet || p.progress == "none" || (!asJSON && !isTerminal(p.stderr)) {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	start := p.now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				if asJSON {
					p.progressJSON(from)
				} else {
					fmt.Fprint(p.stderr, "\r\x1b[K")
				}
				return
			case <-tick.C:
				if asJSON {
					p.progressJSON(from)
				} else {
					fmt.Fprint(p.stderr, "\r\x1b[K"+progressLine(from, p.now().Sub(start)))
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (p *program) progressJSON(from *model.Progress) {
	stage, _ := from.Stage.Load().(string)
	_ = json.NewEncoder(p.stderr).Encode(map[string]any{
		"stage": stage, "members": from.MembersDone.Load(), "members_total": from.MembersTotal.Load(),
		"bytes": from.BytesDone.Load(), "bytes_total": from.BytesTotal.Load(), "records": from.Records.Load(),
		"rejected": from.Rejected.Load(), "retries": from.Retries.Load(),
	})
}

// progressLine is at most 78 columns: stage, share, counts, rate, what remains, what was asked for again.
func progressLine(from *model.Progress, elapsed time.Duration) string {
	stage, _ := from.Stage.Load().(string)
	total, done := from.BytesTotal.Load(), from.BytesDone.Load()
	var b strings.Builder
	b.WriteString(orDefault(stage, "reading"))
	if total > 0 {
		fmt.Fprintf(&b, " %3d%%", min(100, done*100/total))
	}
	fmt.Fprintf(&b, "  %d of %d files", from.MembersDone.Load(), from.MembersTotal.Load())
	if n := from.Records.Load(); n > 0 {
		fmt.Fprintf(&b, "  %d records", n)
		if s := elapsed.Seconds(); s > 0.5 {
			fmt.Fprintf(&b, "  %.0f/s", float64(n)/s)
		}
	}
	if total > 0 && done > total/50 && done < total {
		left := time.Duration(float64(elapsed) * float64(total-done) / float64(done)).Round(time.Second)
		fmt.Fprintf(&b, "  %s left", left)
	}
	if n := from.Retries.Load(); n > 0 {
		fmt.Fprintf(&b, "  %d asked again", n)
	}
	s := b.String()
	return s[:min(len(s), 78)]
}
