package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/integrity"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/heat"
)

// survey is one report, read for looking things up: what state every window, file and hour is in.
type survey struct {
	*integrity.Index
	names  map[model.MemberID][]string // the members that one file is, by its first
	states [][]heat.Cell               // of chains and their windows
	chains []heat.Cell                 // the worst of each chain
	hours  []hours
	lacks  [][]integrity.Uncovered // of each chain
}

// hours is one chain hour by hour.
type hours struct {
	from  time.Time
	cells []heat.Cell
}

// hoursKept bounds a strip: a digest that claims a time far off must not fill the memory. What lies
// beyond stands in the lists all the same.
const hoursKept = 10 * 366 * 24

// read asks for the last verification; nil when there was none. A report that was kept by an earlier
// session lacks what hangs on the files, which is found again without writing anything.
func read(ctx context.Context, c Custodian, b Backend) (*survey, error) {
	r := c.Verdict()
	if r == nil {
		return nil, nil
	}
	if r.ByFile == nil {
		stale := r.Stale
		var err error
		if r, err = c.Recheck(ctx); err != nil {
			return nil, err
		}
		again := *r
		again.Stale = stale
		r = &again
	}
	members, err := b.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the members: %w", err)
	}
	return newSurvey(r, members), nil
}

func newSurvey(r *integrity.Report, members []model.Member) *survey {
	s := &survey{Index: integrity.NewIndex(r), names: map[model.MemberID][]string{}}
	first := map[string]model.MemberID{}
	for _, m := range members {
		if m.Part <= 1 {
			first[m.Locator] = m.ID
		}
	}
	for _, m := range members {
		locator := m.Locator
		if m.Part > 1 {
			locator = strings.TrimSuffix(locator, fmt.Sprintf("#%d", m.Part))
		}
		if id, ok := first[locator]; ok {
			s.names[id] = append(s.names[id], m.Name)
		}
	}
	for c := range r.Chains {
		s.states = append(s.states, s.windowStates(c))
		s.lacks = append(s.lacks, s.Uncovered(c))
		s.hours = append(s.hours, s.hoursOf(c))
		worst := heat.None
		for _, x := range s.hours[c].cells {
			worst = max(worst, x)
		}
		for _, x := range s.states[c] {
			worst = max(worst, x)
		}
		s.chains = append(s.chains, worst)
	}
	return s
}

// windowStates is the worst of each digest and of the log files it stands for.
func (s *survey) windowStates(chain int) []heat.Cell {
	c := &s.Report.Chains[chain]
	out := make([]heat.Cell, len(c.Windows))
	for w := range c.Windows {
		out[w] = custody.DigestState(c.Kind, c.Windows[w].Status)
		for _, f := range s.FilesOf(integrity.Place{Chain: chain, Window: w}) {
			out[w] = max(out[w], custody.FileState(f.Class))
		}
	}
	return out
}

// hoursOf marks each hour of a chain with the worst that lies in it: a digest by the beginning of its
// window, a log file by the minute of its delivery, time without digests by every hour it touches.
func (s *survey) hoursOf(chain int) hours {
	c := &s.Report.Chains[chain]
	from, to := c.From, c.To
	for _, l := range s.Uncovered(chain) {
		if l.From.Before(from) {
			from = l.From
		}
		if l.To.After(to) {
			to = l.To
		}
	}
	h := hours{from: from.UTC().Truncate(time.Hour)}
	n := int(min(hoursKept, (to.Sub(h.from)+time.Hour-1)/time.Hour))
	h.cells = make([]heat.Cell, max(0, n))
	mark := func(from, to time.Time, state heat.Cell) {
		at := h.index(from)
		for i := max(0, at); i < len(h.cells) && (i == at || h.from.Add(time.Duration(i)*time.Hour).Before(to)); i++ {
			h.cells[i] = max(h.cells[i], state)
		}
	}
	for i := range c.Windows {
		w := &c.Windows[i]
		p := integrity.Place{Chain: chain, Window: i}
		if w.Status != integrity.Missing {
			mark(w.From, w.From, custody.DigestState(c.Kind, w.Status))
			if w.To.Sub(w.From) > time.Hour {
				mark(w.From, w.To, custody.DigestState(c.Kind, w.Status))
			}
		}
		for _, f := range s.FilesOf(p) {
			at := f.Delivered
			if at.Before(w.From) || !at.Before(w.To) {
				at = w.From // its name does not tell, or tells of another hour
			}
			mark(at, at, custody.FileState(f.Class))
		}
	}
	for _, l := range s.Uncovered(chain) {
		if l.Lack != integrity.LackUnproven { // the digest marks its own hour
			mark(l.From, l.To, custody.LackState(l.Lack))
		}
	}
	for _, f := range s.Loose(chain) {
		if !f.Delivered.Before(c.From) && f.Delivered.Before(c.To) {
			mark(f.Delivered, f.Delivered, custody.FileState(f.Class))
		}
	}
	for len(h.cells) > 0 && h.cells[len(h.cells)-1] == heat.None {
		h.cells = h.cells[:len(h.cells)-1]
	}
	return h
}

func (h hours) index(t time.Time) int {
	if t.Before(h.from) {
		return -1
	}
	return int(t.Sub(h.from) / time.Hour)
}

// windowAt is the window of a chain that an hour is about: the worst of those that meet it, and of
// equals the one that begins in it.
func (s *survey) windowAt(chain int, hour time.Time) (integrity.Place, bool) {
	best, found := integrity.Place{Chain: chain}, false
	end := hour.Add(time.Hour)
	begins := func(w *integrity.Window) bool { return !w.From.Before(hour) && w.From.Before(end) }
	for i := range s.Report.Chains[chain].Windows {
		w := &s.Report.Chains[chain].Windows[i]
		if !w.From.Before(end) || !w.To.After(hour) {
			continue
		}
		p := integrity.Place{Chain: chain, Window: i}
		state, old := s.states[chain][i], s.states[chain][best.Window]
		if !found || state > old || state == old && begins(w) && !begins(s.Window(best)) {
			best, found = p, true
		}
	}
	return best, found
}

// digests tells that any digest is among the evidence.
func (s *survey) digests() bool { return len(s.Report.Chains) > 0 }
