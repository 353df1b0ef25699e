package explore

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/layout"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// toggleProof shows what vouches for the record under the cursor, in the detail's place, and takes it
// away again.
func (e *Explore) toggleProof() tea.Cmd {
	e.want.Proof = !e.want.Proof
	if e.want.Zoom == layout.Detail {
		e.want.Zoom = layout.None
	}
	if e.focus == layout.Detail {
		e.focus = layout.List
	}
	if !e.want.Proof {
		e.record.id = model.RecordID{}
		return e.arrange()
	}
	return tea.Batch(e.arrange(), e.proof.Open(e.shell))
}

// onProof tells that the pane of the proof has the keys.
func (e *Explore) onProof() bool { return e.want.Proof && e.focus == layout.Detail }

// prove lets the pane follow the cursor. Everything it says is in memory.
func (e *Explore) prove(row grid.Row, ok bool) {
	if !ok {
		e.proof.Unset()
		return
	}
	span := e.result.span
	if span.IsZero() {
		span = e.formSpan()
	}
	e.proof.Set(custody.Record{
		ID: row.ID, Badge: value.Plain(at(row.Values, model.FieldIntegrity)),
		Access: value.Plain(at(row.Values, model.FieldLog)) == model.AccessLog.String(),
	}, span)
}

func (e *Explore) proofPane() []string {
	r := e.cut.Detail
	lines := e.proof.Lines()
	remark := "V hides"
	if e.proof.Clipped() {
		remark = "tab and arrows scroll  V hides"
	}
	return append([]string{shell.Rule(e.theme, r.W, e.onProof(), "Proof", remark)}, shell.Block(lines, r.W, r.H-1)...)
}
