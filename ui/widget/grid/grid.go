// Package grid draws a table of any number of rows of which only a few pages are in memory. It asks
// for pages through a function and drops answers that belong to an older result. It must not know
// what the rows mean, where they come from, or which screen it stands on.
package grid

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// PageRows is how many rows are fetched at once.
const PageRows = 256

// pagesKept bounds memory: the window of three pages is always among them.
const pagesKept = 32

// Row is one line: an identity and a cell for each column.
type Row struct {
	ID     model.RecordID
	Values []any // the raw values, by column, for filters and copying
	Cells  []Cell
}

// Fetch returns up to n rows from row start on. It runs outside Update.
type Fetch func(ctx context.Context, start int64, n int) ([]Row, error)

// PageMsg answers a fetch.
type PageMsg struct {
	Result int
	Page   int64
	Rows   []Row
	Err    error
}

type page struct {
	rows []Row
	used int
}

// Grid is the table. Its methods belong to the goroutine of Update.
type Grid struct {
	theme   *theme.Theme
	columns []Column

	result  int
	fetch   Fetch
	draw    func(n int64) Row // makes rows that are at hand; nil: they are fetched
	pages   map[int64]*page
	pending map[int64]context.CancelFunc
	clock   int // counts uses of pages

	total       int64
	row, top    int64
	col, left   int
	w, h        int
	focus, dim  bool
	sorted      model.Field
	desc, dirty bool
	lines       []string
	marks       func(model.RecordID) string
}

// New returns an empty grid.
func New(th *theme.Theme, columns []Column) *Grid {
	return &Grid{theme: th, columns: columns, pages: map[int64]*page{}, pending: map[int64]context.CancelFunc{}, dirty: true}
}

// Reset shows result instead of what was shown before: total rows (or as many as are known), the
// cursor on row, the first answer already at hand. The distance of the cursor from the first line on
// screen stays as it was, so that a changed filter does not move what is being looked at.
func (g *Grid) Reset(result int, fetch Fetch, total, row int64, start int64, rows []Row) tea.Cmd {
	g.Cancel()
	offset := g.row - g.top
	g.result, g.fetch, g.draw, g.pages = result, fetch, nil, map[int64]*page{}
	g.total = max(total, start+int64(len(rows)))
	for i := 0; i < len(rows); i += PageRows {
		at := start + int64(i)
		end := min(i+PageRows, len(rows))
		if at%PageRows == 0 && (end-i == PageRows || at+int64(end-i) >= g.total) {
			g.pages[at/PageRows] = &page{rows: rows[i:end], used: g.clock}
		}
	}
	g.row = row
	g.top = g.row - offset
	g.dim = false
	g.settle()
	return g.load(0)
}

// SetRows shows rows that are all in memory.
func (g *Grid) SetRows(rows []Row) {
	g.Reset(0, nil, int64(len(rows)), min(g.row, max(0, int64(len(rows))-1)), 0, rows)
}

// SetRowsBy shows n rows of which each is drawn when it comes on screen.
func (g *Grid) SetRowsBy(n int, row func(i int) Row) {
	g.Reset(0, nil, int64(n), min(g.row, max(0, int64(n)-1)), 0, nil)
	g.draw = func(i int64) Row { return row(int(i)) }
}

// SetColumns replaces the columns; rows must be fetched anew by the caller if their cells differ.
func (g *Grid) SetColumns(cols []Column) {
	g.columns, g.dirty = cols, true
	g.col = min(g.col, len(cols)-1)
}

// SetTotal corrects the number of rows of a result.
func (g *Grid) SetTotal(result int, total int64) tea.Cmd {
	if result != g.result {
		return nil
	}
	g.total = total
	g.settle()
	return g.load(0)
}

// Ahead fetches the pages beside those on screen, where the rows of a Reset are not all there is.
func (g *Grid) Ahead() tea.Cmd { return g.load(1) }

// SetSize gives the grid w by h cells, its heading line included.
func (g *Grid) SetSize(w, h int) tea.Cmd {
	if w == g.w && h == g.h {
		return nil
	}
	g.w, g.h = w, h
	if w > 0 && !g.onScreen(g.col) {
		g.reveal()
	}
	g.settle()
	return g.load(1)
}

// SetFocus tells whether the grid has the keys.
func (g *Grid) SetFocus(on bool) { g.dirty = g.dirty || g.focus != on; g.focus = on }

// SetMarks has the grid ask for the sign, one cell wide or empty, that stands before a row.
func (g *Grid) SetMarks(of func(model.RecordID) string) { g.marks = of }

// margin is what stands before the first column.
func (g *Grid) margin() int {
	if g.marks != nil {
		return markMargin
	}
	return margin
}

// Redraw draws the rows anew: signs have changed.
func (g *Grid) Redraw() { g.dirty = true }

// SetStale dims the rows while newer ones are awaited.
func (g *Grid) SetStale(on bool) { g.dirty = g.dirty || g.dim != on; g.dim = on }

// SetSort marks the sorted column.
func (g *Grid) SetSort(f model.Field, desc bool) { g.sorted, g.desc, g.dirty = f, desc, true }

// Cancel gives up all fetches under way.
func (g *Grid) Cancel() {
	for n, cancel := range g.pending {
		cancel()
		delete(g.pending, n)
	}
}

// Pending tells that pages are awaited.
func (g *Grid) Pending() bool { return len(g.pending) > 0 }

// Total is the number of rows known so far.
func (g *Grid) Total() int64 { return g.total }

// Cursor is the row number under the cursor, from 0.
func (g *Grid) Cursor() int64 { return g.row }

// Index is the place of the cursor in a list of n; false when it holds nothing there.
func (g *Grid) Index(n int) (int, bool) {
	if g.row < 0 || g.row >= int64(n) {
		return 0, false
	}
	return int(g.row), true
}

// Column is the column under the cursor.
func (g *Grid) Column() (Column, int) { return g.columns[g.col], g.col }

// SetColumn puts the cursor into column i.
func (g *Grid) SetColumn(i int) {
	g.col = max(0, min(i, len(g.columns)-1))
	g.reveal()
}

// Hit is what is drawn at x, y: a row or, in line 0, the heading, and the column, which is -1 beside
// all of them. ok is false where there is neither.
func (g *Grid) Hit(x, y int) (row int64, col int, head, ok bool) {
	col = -1
	at := g.margin()
	for _, p := range place(g.columns, g.left, g.w, g.margin()) {
		if x >= at && x < at+p.width+1 {
			col = p.index
		}
		at += p.width + 1
	}
	if y == 0 {
		return 0, col, true, col >= 0
	}
	row = g.top + int64(y) - 1
	return row, col, false, y > 0 && int64(y) <= g.Rows() && row < g.total
}

// WidthOf is how wide column i is drawn; false when it is not on screen.
func (g *Grid) WidthOf(i int) (int, bool) {
	for _, p := range place(g.columns, g.left, g.w, g.margin()) {
		if p.index == i {
			return p.width, true
		}
	}
	return 0, false
}

// Current is the row under the cursor; false while it is not in memory.
func (g *Grid) Current() (Row, bool) { return g.at(g.row) }

func (g *Grid) at(n int64) (Row, bool) {
	p, ok := g.pages[n/PageRows]
	if !ok && g.draw != nil && n >= 0 && n < g.total {
		p, ok = g.drawn(n/PageRows), true
	}
	if !ok || n < 0 || n >= g.total || n%PageRows >= int64(len(p.rows)) {
		return Row{}, false
	}
	g.clock++
	p.used = g.clock
	return p.rows[n%PageRows], true
}

// drawn makes a page of rows that are at hand.
func (g *Grid) drawn(n int64) *page {
	p := &page{used: g.clock}
	for i := n * PageRows; i < min((n+1)*PageRows, g.total); i++ {
		p.rows = append(p.rows, g.draw(i))
	}
	g.pages[n] = p
	g.forget()
	return p
}

// Rows is how many rows fit on screen.
func (g *Grid) Rows() int64 { return int64(max(0, g.h-1)) }

// GoTo puts the cursor on row n.
func (g *Grid) GoTo(n int64) tea.Cmd {
	g.row = n
	g.settle()
	return g.load(1)
}

// Place is where a cursor stands on screen: how far below the first line, in which column, and how
// many columns are scrolled away.
type Place struct {
	Below    int64 `json:"below,omitempty"`
	Column   int   `json:"column,omitempty"`
	Scrolled int   `json:"scrolled,omitempty"`
}

// Place is where the cursor stands on screen.
func (g *Grid) Place() Place { return Place{g.row - g.top, g.col, g.left} }

// SetPlace has the next Reset put the cursor where it once stood, as far as there is room.
func (g *Grid) SetPlace(p Place) {
	last := len(g.columns) - 1
	g.top, g.dirty = g.row-max(0, p.Below), true
	g.left, g.col = max(0, min(p.Scrolled, last)), max(0, min(p.Column, last))
	if g.w > 0 && !g.onScreen(g.col) {
		g.reveal()
	}
}

// Act moves the cursor; done tells whether the act was a movement.
func (g *Grid) Act(a keys.Action) (cmd tea.Cmd, done bool) {
	size := max(1, g.Rows())
	switch a {
	case keys.Up:
		g.row--
	case keys.Down:
		g.row++
	case keys.PageUp:
		g.row, g.top = g.row-size, g.top-size
	case keys.PageDown:
		g.row, g.top = g.row+size, g.top+size
	case keys.HalfUp:
		g.row, g.top = g.row-size/2, g.top-size/2
	case keys.HalfDown:
		g.row, g.top = g.row+size/2, g.top+size/2
	case keys.First:
		g.row = 0
	case keys.Last:
		g.row = g.total - 1
	case keys.Left:
		g.SetColumn(g.col - 1)
	case keys.Right:
		g.SetColumn(g.col + 1)
	case keys.ScrollLeft:
		g.left = max(0, g.left-1)
		g.stay()
	case keys.ScrollMore:
		g.left = min(len(g.columns)-1, g.left+1)
		g.stay()
	default:
		return nil, false
	}
	g.settle()
	return g.load(1), true
}

// reveal scrolls sideways until the cursor's column is on screen.
func (g *Grid) reveal() {
	g.dirty = true
	if g.left > g.col {
		g.left = g.col
	}
	for g.left < g.col && !g.onScreen(g.col) {
		g.left++
	}
	if g.left > 0 && g.w > 0 {
		was := g.left
		g.left = 0
		if !g.onScreen(g.col) {
			g.left = was
		}
	}
}

// stay moves the cursor into the nearest column on screen.
func (g *Grid) stay() {
	g.dirty = true
	ps := place(g.columns, g.left, g.w, g.margin())
	if len(ps) == 0 || g.onScreen(g.col) {
		return
	}
	if g.col < ps[0].index {
		g.col = ps[0].index
	} else {
		g.col = ps[len(ps)-1].index
	}
}

func (g *Grid) onScreen(col int) bool {
	for _, p := range place(g.columns, g.left, g.w, g.margin()) {
		if p.index == col {
			return true
		}
	}
	return false
}

// settle keeps the cursor within the rows and on screen.
func (g *Grid) settle() {
	g.dirty = true
	g.row = max(0, min(g.row, g.total-1))
	size := max(1, g.Rows())
	g.top = max(0, min(g.top, g.total-size))
	if g.row < g.top {
		g.top = g.row
	}
	if g.row >= g.top+size {
		g.top = g.row - size + 1
	}
}

// load fetches the pages on screen and so many on either side, and cancels what lies further away.
func (g *Grid) load(beside int64) tea.Cmd {
	if g.fetch == nil || g.total == 0 {
		return nil
	}
	from := max(0, g.top/PageRows-beside)
	to := min((g.total-1)/PageRows, (g.top+max(1, g.Rows())-1)/PageRows+beside)
	for n, cancel := range g.pending {
		if n < from-1 || n > to+1 {
			cancel()
			delete(g.pending, n)
		}
	}
	var cmds []tea.Cmd
	first := g.top / PageRows
	for i := int64(0); i <= to-from; i++ {
		n := from + (first-from+i)%(to-from+1) // what is on screen comes first
		if g.pages[n] == nil && g.pending[n] == nil {
			cmds = append(cmds, g.fetchPage(n))
		}
	}
	return tea.Batch(cmds...)
}

func (g *Grid) fetchPage(n int64) tea.Cmd {
	ctx, cancel := context.WithCancel(context.Background())
	g.pending[n] = cancel
	fetch, result := g.fetch, g.result
	return func() tea.Msg {
		defer cancel()
		rows, err := fetch(ctx, n*PageRows, PageRows)
		return PageMsg{Result: result, Page: n, Rows: rows, Err: err}
	}
}

// Receive stores a page. Pages nobody waits for any more are ignored.
func (g *Grid) Receive(m PageMsg) (tea.Cmd, error) {
	if m.Result != g.result || g.fetch == nil || g.pending[m.Page] == nil {
		return nil, nil
	}
	delete(g.pending, m.Page)
	if errors.Is(m.Err, context.Canceled) {
		return nil, nil
	}
	if m.Err != nil {
		return nil, m.Err
	}
	g.clock++
	g.pages[m.Page] = &page{rows: m.Rows, used: g.clock}
	g.forget()
	g.dirty = true
	if end := m.Page*PageRows + int64(len(m.Rows)); end > g.total {
		g.total = end
	}
	return nil, nil
}

// forget drops the pages longest unused.
func (g *Grid) forget() {
	for len(g.pages) > pagesKept {
		oldest, used := int64(-1), g.clock+1
		for n, p := range g.pages {
			if p.used < used {
				oldest, used = n, p.used
			}
		}
		delete(g.pages, oldest)
	}
}

// At is row n; false while it is not in memory.
func (g *Grid) At(n int64) (Row, bool) { return g.at(n) }

// Visible is the half-open range of rows on screen.
func (g *Grid) Visible() (from, to int64) { return g.top, min(g.total, g.top+g.Rows()) }
