package ui

import (
	"cmp"
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/screen/presets"
	"trailsift/ui/theme"
	"trailsift/ui/widget/briefing"
)

type overviewReady struct {
	seq  int
	over model.Overview
	err  error
}

type leadReady struct {
	seq   int
	next  int // place among the presets to go on from
	at    int
	count int64
	err   error
}

// summary is what the case holds, and the leads found in it.
type summary struct {
	over    model.Overview
	known   bool
	asking  bool
	seq     int
	leadSeq int
	leading bool
	held    *int // the lead to go on from when the screen has its answers; nil: none waits
	leads   []briefing.Lead
	// heaviest are the presets by the weights of their leads, as indexes.
	heaviest []int
}

func (s *summary) fill(b *briefing.Briefing, loading bool) {
	if s.known {
		b.SetOverview(s.over, loading)
	}
	b.SetLeads(s.leads, s.leading || !s.known)
}

func (r *Root) askOverview() tea.Cmd {
	r.summary.seq, r.summary.asking = r.NextID(), true
	seq, b := r.summary.seq, r.options.Backend
	return func() tea.Msg {
		o, err := b.Overview(context.Background())
		return overviewReady{seq, o, err}
	}
}

func (r *Root) receiveOverview(m overviewReady) tea.Cmd {
	if m.seq != r.summary.seq {
		return nil
	}
	r.summary.asking = false
	if m.err != nil {
		r.Notice(theme.Bad, "could not read what the case holds: "+safe.New(m.err.Error()).String())
		return nil
	}
	for _, x := range r.jobs.list {
		x.shown = x.shown || x.loads && r.summary.known && m.over.Stored > r.summary.over.Stored
	}
	r.summary.over, r.summary.known = m.over, true
	cmds := []tea.Cmd{r.findLeads()}
	for _, s := range r.bases {
		if s != r.stack[0] {
			cmds = append(cmds, s.SetOverview(m.over, r.jobs.loading()))
		}
	}
	for _, s := range r.stack {
		cmds = append(cmds, s.SetOverview(m.over, r.jobs.loading()))
	}
	r.tellBriefing()
	return tea.Batch(cmds...)
}

func (r *Root) tellBriefing() {
	for _, o := range r.overlays {
		if b, ok := o.(*briefing.Briefing); ok {
			r.summary.fill(b, r.jobs.loading())
		}
	}
}

// findLeads counts the presets that are worth a place in the briefing, one after the other, the heaviest
// first, once the counts mean something.
func (r *Root) findLeads() tea.Cmd {
	if r.jobs.loading() || r.summary.over.Provisional {
		return nil
	}
	r.summary.leadSeq, r.summary.leads = r.NextID(), nil
	r.summary.heaviest = make([]int, len(r.options.Presets))
	for i := range r.summary.heaviest {
		r.summary.heaviest[i] = i
	}
	slices.SortStableFunc(r.summary.heaviest, func(a, b int) int { return cmp.Compare(r.options.Presets[b].Weight, r.options.Presets[a].Weight) })
	return r.countLead(0)
}

// goOn counts the lead that waited for the answers of the screen.
func (r *Root) goOn() tea.Cmd {
	at := r.summary.held
	if at == nil || r.top().Pending() != "" {
		return nil
	}
	r.summary.held = nil
	cmd := r.countLead(*at)
	r.tellBriefing()
	return cmd
}

// countLead counts the next lead in the order of their weights, so that none comes before one that is shown.
// What somebody looks at comes first: while the screen awaits answers, no lead is begun.
func (r *Root) countLead(from int) tea.Cmd {
	r.summary.held = nil
	for i := from; i < len(r.summary.heaviest); i++ {
		at := r.summary.heaviest[i]
		p := r.options.Presets[at]
		count, ok := presets.Number(p)
		if !p.Lead || p.Reason(r.summary.over, r.jobs.loading()) != "" || !ok {
			continue
		}
		r.summary.leading = true
		if r.top().Pending() != "" {
			r.summary.held = &i
			return nil
		}
		seq, b := r.summary.leadSeq, r.options.Backend
		return func() tea.Msg {
			n, err := count(context.Background(), b)
			return leadReady{seq: seq, at: at, next: i + 1, count: n, err: err}
		}
	}
	r.summary.leading = false
	return nil
}

func (r *Root) receiveLead(m leadReady) tea.Cmd {
	if m.seq != r.summary.leadSeq {
		return nil
	}
	if m.err != nil && !errors.Is(m.err, context.Canceled) {
		r.Notice(theme.Bad, "could not count a lead: "+safe.New(m.err.Error()).String())
	}
	if m.err == nil && m.count > 0 {
		p := r.options.Presets[m.at]
		r.summary.leads = append(r.summary.leads, briefing.Lead{
			Title: r.theme.Show(safe.New(p.Title).String()), Count: m.count,
			Open: func() tea.Cmd { return presets.Answer(r, r.options.Backend, r.covers, p) },
		})
	}
	cmd := r.countLead(m.next)
	r.tellBriefing()
	return cmd
}
