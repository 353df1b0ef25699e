package ui

import (
	"time"

	"trailsift/ui/theme"
)

const (
	noticeTime   = 6 * time.Second
	noticesKept  = 500
	refreshPause = 500 * time.Millisecond
)

type noticeExpired struct{ seq int }

type notice struct {
	at   time.Time
	role theme.Role
	text string
	said bool // in answer to a key: the next one has read it
}

// notices is the sentence on show and all those before it.
type notices struct {
	log  []notice
	seq  int
	show bool
}

// Notice shows text for a while and keeps it. Text must be printable.
func (r *Root) Notice(role theme.Role, text string) {
	n := &r.notices
	n.log = append(n.log, notice{r.options.Clock(), role, text, r.keyed && role == theme.Warn})
	if d := len(n.log) - noticesKept; d > 0 {
		n.log = n.log[d:]
	}
	n.seq, n.show = r.NextID(), true
	r.queued = append(r.queued, r.After(noticeTime, noticeExpired{n.seq}))
}

// read takes away what was said in answer to the key before.
func (n *notices) read() {
	if now, ok := n.current(); ok && now.said {
		n.show = false
	}
}

func (n *notices) expire(m noticeExpired) {
	if m.seq == n.seq {
		n.show = false
	}
}

func (n *notices) current() (notice, bool) {
	if !n.show || len(n.log) == 0 {
		return notice{}, false
	}
	return n.log[len(n.log)-1], true
}
