// Package shell is the seam between the root and what it shows: what an overlay is, and what a
// screen may ask of the program around it. It must not know any screen or widget by name.
package shell

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

// Overlay lies over the screen. The top one gets the keys first.
type Overlay interface {
	Pane() keys.Pane
	Title() string
	// Typing tells that printable keys are text and no acts.
	Typing() bool
	Act(a keys.Action) tea.Cmd
	// Type takes a key that no act claims.
	Type(k tea.KeyPressMsg) tea.Cmd
	Paste(text string) tea.Cmd
	Receive(msg tea.Msg) tea.Cmd
	// Size is how many cells the overlay would like on a screen of w by h, without its frame.
	Size(w, h int) (int, int)
	// Lines draws at most h lines of at most w cells.
	Lines(w, h int) []string
	// Close gives up what is under way.
	Close()
	// Done tells that the overlay wants to go away.
	Done() bool
}

// Screen fills the body. The top one of the stack is shown.
type Screen interface {
	Title() string
	Pane() keys.Pane
	// Typing tells that printable keys are text and no acts.
	Typing() bool
	Act(a keys.Action) tea.Cmd
	Type(k tea.KeyPressMsg) tea.Cmd
	Paste(text string) tea.Cmd
	Receive(msg tea.Msg) tea.Cmd
	// Open asks for what the screen shows; Refresh asks again after the case has changed.
	Open() tea.Cmd
	Refresh() tea.Cmd
	SetOverview(o model.Overview, loading bool) tea.Cmd
	Resize(w, h int) tea.Cmd
	// Lines draws exactly the lines of the last Resize.
	Lines() []string
	// Pending says what is awaited; empty when idle. Status is what the bottom line says then.
	Pending() string
	Status() string
	// Peel gives up the innermost thing. Back leaves what q would leave inside the screen, Stop what
	// is running; both tell whether there was any.
	Peel() tea.Cmd
	Back() (tea.Cmd, bool)
	Stop() bool
}

// Narrowed is a screen that tells of what a filter keeps: screens that are reached from it tell of the same.
type Narrowed interface{ Looking() model.Filter }

// Shell is the program around a screen.
type Shell interface {
	Theme() *theme.Theme
	Push(o Overlay)
	// Notice shows a sentence for a while and keeps it in the messages.
	Notice(r theme.Role, text string)
	// After delivers msg when d has passed.
	After(d time.Duration, msg tea.Msg) tea.Cmd
	// NextID numbers results, so that an answer finds its asker and late ones are dropped.
	NextID() int
	// Run starts a job; work returns the sentence to show when it is done.
	Run(name string, work func(ctx context.Context) (string, error)) tea.Cmd
	// Watch shows work that the screen does in steps as a job: p counts bytes of what is to be read, and
	// records; cancel stops it. The screen calls end with what came of it, or with nothing when the
	// work was given up for other work.
	Watch(name string, p *model.Progress, cancel func()) (end func(result string))
	// Change starts a job that changes what the case holds; when it ends every screen asks again.
	Change(name string, p *model.Progress, work func(ctx context.Context) (string, error)) tea.Cmd
	// ShowFilter opens Explore with a filter of its own over the present screen.
	ShowFilter(title string, f model.Filter) tea.Cmd
	// ShowRecord is the same with the cursor on a record, or nearest to its time where f drops it.
	ShowRecord(title string, f model.Filter, id model.RecordID, at time.Time) tea.Cmd
	// ShowObject opens the story of an object, bucket/key, or of a prefix that ends in a star; ShowActor
	// the card of an actor: an ARN, access key, address, account, session or name; ShowDeletes the
	// ledger of the deletes that f keeps.
	ShowObject(name string) tea.Cmd
	ShowActor(value string) tea.Cmd
	ShowDeletes(f model.Filter) tea.Cmd
	// Copy sends text to the terminal's clipboard, every line sanitised, and says so.
	Copy(text string) tea.Cmd
	// Remember writes down where the session stands.
	Remember() tea.Cmd
	// ShowScreen puts a screen on the stack.
	ShowScreen(s Screen) tea.Cmd
}

// Base gives an overlay the methods it does not need.
type Base struct{ Closed bool }

// Typing is false.
func (b *Base) Typing() bool { return false }

// Type ignores the key.
func (b *Base) Type(tea.KeyPressMsg) tea.Cmd { return nil }

// Paste ignores the text.
func (b *Base) Paste(string) tea.Cmd { return nil }

// Receive ignores the message.
func (b *Base) Receive(tea.Msg) tea.Cmd { return nil }

// Close marks the overlay as gone.
func (b *Base) Close() { b.Closed = true }

// Done tells that it is gone.
func (b *Base) Done() bool { return b.Closed }
