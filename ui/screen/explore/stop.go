package explore

// kept is the view whose rows are on screen, with what it was answered, while another is asked for.
type kept struct {
	view   view
	result result
	set    bool
}

// Stop gives up what is running, without a word: whoever leaves the screen did not ask for one.
func (e *Explore) Stop() bool { return e.giveUp() != "" }

// giveUp stops what is running and returns what that means for the rows on screen; "" when nothing ran.
// When not even the first rows of a view have come, those on screen are of the view before, so the
// screen goes back to that one: rows never stand under a filter that they were not asked by.
func (e *Explore) giveUp() string {
	pending := e.Pending()
	if pending == "" {
		return ""
	}
	e.result.cancel()
	e.giveUpHunt("stopped")
	e.result.sought.stop()
	e.result.waiting, e.result.rest, e.goal = 0, nil, spot{}
	e.grid.Cancel()
	e.record.cancel()
	e.record.waiting = false
	e.edit.offers.Clear()
	e.edit.seq = 0
	e.proof.Stop()
	said := "stopped " + pending
	switch {
	case e.result.partial:
		said = "stopped: " + e.soFar() + "; / and enter ask again"
	case e.result.opened:
		if e.lacking() {
			said = "stopped: not all is counted; / and enter ask again"
		}
	case e.kept.set:
		e.returnTo(e.kept)
		said = "stopped: these are the rows of the view before; ctrl+r asks again"
	default:
		said = "stopped before the first rows came; / and enter ask again"
	}
	e.forgetStale()
	if e.loading {
		said += "; the load goes on, J stops it"
	}
	return said
}

// returnTo shows a view again whose rows are still on screen. What was asked meanwhile can be redone.
func (e *Explore) returnTo(k kept) {
	e.result = k.result
	e.result.cancel, e.result.waiting, e.result.rest = func() {}, 0, nil
	h := &e.history
	for n := len(h.past); n > 0 && !e.view.equal(k.view); n-- {
		v := h.past[n-1]
		h.past = h.past[:n-1]
		if v.look != nil {
			continue // it looks so already; only what was asked is taken back
		}
		h.future = append(h.future, e.view)
		e.view = view{filter: v.filter, sort: v.sort}
	}
	e.view = k.view
}

// lacking tells that something on screen was not counted for the present view.
func (e *Explore) lacking() bool {
	r := e.result
	return !r.opened || !r.counted || !r.bars && !e.cut.Bars.Empty() || !r.facets && !e.cut.Facets.Empty()
}

// forgetStale shows nothing that was counted under another filter.
func (e *Explore) forgetStale() {
	e.grid.SetStale(false)
	if e.result.bars {
		e.bars.SetStale(false)
	} else {
		e.bars.Forget()
	}
	if !e.result.facets {
		e.facets.found = nil
		e.facets.fill()
	}
	e.facets.stale = false
}
