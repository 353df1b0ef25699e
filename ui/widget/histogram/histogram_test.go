package histogram

import (
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

func TestTheEndsAreToldAsExactlyAsTheSpanNeeds(t *testing.T) {
	from := time.Date(2012, 2, 10, 21, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		long time.Duration
		want string
	}{
		"an hour":   {time.Hour, " 21:00 "},
		"some days": {72 * time.Hour, " 02-10 21:00 "},
		"13 years":  {13 * 366 * 24 * time.Hour, " 2012-02-10 "},
	} {
		g := New(theme.New(false))
		g.SetSize(80, 2)
		g.Set(model.Bars{Span: model.Span{From: from, To: from.Add(c.long)}, Width: c.long, Bars: make([]model.Bar, 40)})
		lines := g.Lines()
		if len(lines) == 0 || !strings.HasPrefix(lines[0], c.want) {
			t.Errorf("%s: %q does not begin %q", name, lines, c.want)
		}
		for _, l := range lines {
			if grid.Width(l) != 80 {
				t.Errorf("%s: %q is %d wide", name, l, grid.Width(l))
			}
		}
	}
}
