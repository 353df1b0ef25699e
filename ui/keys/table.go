package keys

import "strconv"

// The acts.
const (
	Up         Action = "up"
	Down       Action = "down"
	Left       Action = "left"
	Right      Action = "right"
	PageUp     Action = "page-up"
	PageDown   Action = "page-down"
	HalfUp     Action = "half-up"
	HalfDown   Action = "half-down"
	First      Action = "first"
	Last       Action = "last"
	ScrollLeft Action = "scroll-left"
	ScrollMore Action = "scroll-right"
	NextBad    Action = "next-bad"
	PrevBad    Action = "previous-bad"
	Columns    Action = "columns"
	Wider      Action = "wider"
	Narrower   Action = "narrower"
	ToggleZone Action = "time-zone"
	ToggleWrap Action = "wrap"
	MoveUp     Action = "move-up"
	MoveDown   Action = "move-down"
	Usual      Action = "as-usual"
	Search     Action = "search"
	NextHit    Action = "next-hit"
	PrevHit    Action = "previous-hit"

	Mark        Action = "mark"
	Note        Action = "note"
	Tag         Action = "tag"
	KeepView    Action = "keep-view"
	NextMark    Action = "next-mark"
	PrevMark    Action = "previous-mark"
	ExportNotes Action = "export-notebook"

	ShowViews    Action = "history"
	ShowPivots   Action = "pivot"
	PivotObject  Action = "same-object"
	PivotIP      Action = "same-ip"
	PivotActor   Action = "same-actor"
	PivotKey     Action = "same-access-key"
	PivotSession Action = "same-session"
	PivotRequest Action = "same-request"
	PivotTime    Action = "time-around"

	NextPane     Action = "next-pane"
	PrevPane     Action = "previous-pane"
	GoExplore    Action = "explore"
	GoPresets    Action = "presets"
	GoObjects    Action = "objects"
	GoActors     Action = "actors"
	GoEncryption Action = "encryption"
	GoVerify     Action = "verify"
	GoSources    Action = "sources"
	GoNotebook   Action = "notebook"
	Open         Action = "open"
	Back         Action = "back"
	ToggleMouse  Action = "mouse"
	Peel         Action = "peel"
	ShowHelp     Action = "help"
	ShowAll      Action = "palette"
	Stop         Action = "stop"
	ShowJobs     Action = "jobs"
	ShowLog      Action = "messages"
	ShowBrief    Action = "briefing"
	ShowCmd      Action = "cmd"
	ShowSQL      Action = "sql"
	Copy         Action = "copy"
	CopyRecord   Action = "copy-record"
	Export       Action = "export"
	SavePreset   Action = "save-preset"

	EditText   Action = "edit-filter"
	EditChip   Action = "edit-condition"
	EditChips  Action = "edit-chips"
	ClearAll   Action = "clear-filter"
	Undo       Action = "undo"
	Redo       Action = "redo"
	Keep       Action = "keep"
	Drop       Action = "drop"
	Only       Action = "only"
	ZoomIn     Action = "zoom-in"
	ZoomOut    Action = "zoom-out"
	Earlier    Action = "earlier"
	Later      Action = "later"
	Brush      Action = "brush"
	GoTime     Action = "go-to-time"
	SortColumn Action = "sort"
	Regroup    Action = "group-otherwise"
	ZoomPane   Action = "zoom-pane"
	ToggleSide Action = "detail"
	ShowProof  Action = "proof"
	ShowFacets Action = "facet-panel"

	PickObject Action = "pick-object"
	PickIP     Action = "pick-ip"
	PickOp     Action = "pick-op"
	PickEnc    Action = "pick-enc"
	PickActor  Action = "pick-actor"
	PickKey    Action = "pick-access-key"
	PickStatus Action = "pick-status"
	PickBucket Action = "pick-bucket"
	PickTime   Action = "pick-time"
	PickBadge  Action = "pick-integrity"

	Narrow    Action = "narrow"
	RareFirst Action = "rarest-first"
	Toggle    Action = "toggle"
	Negate    Action = "negate"
	Remove    Action = "remove"
	Complete  Action = "complete"
	Older     Action = "older"
	Newer     Action = "newer"
	Problems  Action = "problems"
	Rerun     Action = "run-again"
	SetWindow Action = "incident-window"
	LookAgain Action = "new-evidence"
	ShowLacks Action = "coverage"
	ShowStory Action = "object-story"
	ShowCard  Action = "actor-card"

	ShowChanges Action = "changes"
	ShowHours   Action = "hours-recorded"
	ShowDels    Action = "deletes"
	ShowFiles   Action = "log-files"
	ShowKeys    Action = "public-keys"
	ShowFinds   Action = "findings"
	NextField   Action = "next-field"
	PrevField   Action = "previous-field"
	Cancel      Action = "cancel-job"
	TickAll     Action = "tick-all"
	Fold        Action = "fold"
	Unfold      Action = "unfold"
)

var (
	screens  = []Pane{Everywhere}
	movers   = []Pane{Everywhere, Picker, Chooser, Views, Briefing, Log, Chips}
	lists    = []Pane{Everywhere, Picker, Chooser, Views, Log}
	grids    = []Pane{Explore, Groups, Objects, Actors, Deletes, Coverage, Encryption, Verify, Sources, Notebook}
	siftable = []Pane{Explore, Picker, Groups, Objects, Actors, Card, Encryption, Story, Deletes}
	typing   = []Pane{Help, Palette, Dialog, Param}
	above    = []Pane{Input, Chips, Picker, Pivots, Chooser, Views, Briefing, Log, Help, Palette, Dialog, Param}
)

// Chip is the act that switches the n-th condition, from 1, off or on.
func Chip(n int) Action { return Action("condition-" + strconv.Itoa(n)) }

// MostChips is how many conditions have a key of their own.
const MostChips = 9

// Table is every act that works, in the order help shows them. The first keys are the ones to teach.
var Table = append(acts, chipActs()...)

func chipActs() []Act {
	var out []Act
	for n := 1; n <= MostChips; n++ {
		d := strconv.Itoa(n)
		out = append(out, Act{Chip(n), []string{"alt+" + d}, []Pane{Explore}, "", "condition " + d + " off or on"})
	}
	return out
}

var acts = []Act{
	{ShowHelp, []string{"?"}, screens, "help", "keys of this pane; type to search"},
	{EditText, []string{"/"}, []Pane{Explore}, "filter", "edit the filter as text, with completion"},
	{Keep, []string{"+"}, append([]Pane{Coverage}, siftable...), "keep", "keep only rows with the value under the cursor"},
	{Drop, []string{"-"}, siftable, "drop", "drop rows with the value under the cursor"},
	{Only, []string{"="}, siftable, "only", "keep the value and forget every other condition on its field"},
	{Undo, []string{"u"}, []Pane{Explore}, "undo", "undo the last change of the view: filter, sort, columns, panes"},
	{Redo, []string{"ctrl+r"}, []Pane{Explore}, "", "redo what was undone"},
	{ShowViews, []string{"U"}, []Pane{Explore}, "", "history: every filter so far, to go back to"},
	{ClearAll, []string{"0"}, []Pane{Explore}, "", "clear the whole filter; undo brings it back"},
	{ClearAll, []string{"0"}, []Pane{Objects, Actors, Encryption}, "", "tell of every request, whatever filter was looked at"},
	{EditChips, []string{"F"}, []Pane{Explore}, "", "edit the conditions one by one"},

	{PickObject, []string{"f o"}, []Pane{Explore}, "object", "pick an object"},
	{PickIP, []string{"f i"}, []Pane{Explore}, "ip", "pick an ip"},
	{PickOp, []string{"f p"}, []Pane{Explore}, "op", "pick an operation"},
	{PickEnc, []string{"f e"}, []Pane{Explore}, "enc", "pick an encryption"},
	{PickActor, []string{"f a"}, []Pane{Explore}, "actor", "pick an actor"},
	{PickKey, []string{"f k"}, []Pane{Explore}, "key", "pick an access key"},
	{PickStatus, []string{"f s"}, []Pane{Explore}, "status", "pick a status"},
	{PickBucket, []string{"f b"}, []Pane{Explore}, "bucket", "pick a bucket"},
	{PickTime, []string{"f t"}, []Pane{Explore}, "time", "pick a stretch of time"},
	{PickBadge, []string{"f v"}, []Pane{Explore}, "badge", "pick verified, altered, ... (integrity)"},
	{ShowFacets, []string{"f f"}, []Pane{Explore}, "side", "facet panel on or off; below 120 columns it takes the screen"},

	{ShowPivots, []string{"p"}, []Pane{Explore}, "pivot", "go on from the request under the cursor: same object, ip, actor, ..., with counts"},
	{PivotObject, []string{"o"}, []Pane{Pivots}, "", "the same object, or bucket where there is no key"},
	{PivotIP, []string{"i"}, []Pane{Pivots}, "", "the same ip"},
	{PivotActor, []string{"a"}, []Pane{Pivots}, "", "the same actor"},
	{PivotKey, []string{"k"}, []Pane{Pivots}, "", "the same access key"},
	{PivotSession, []string{"s"}, []Pane{Pivots}, "", "the same role session"},
	{PivotRequest, []string{"r"}, []Pane{Pivots}, "", "the same request in both logs, every record of it"},
	{PivotTime, []string{"t"}, []Pane{Pivots}, "", "five minutes to either side"},

	{ZoomIn, []string{"i"}, []Pane{Explore}, "", "halve the time window around the cursor"},
	{Regroup, []string{"o"}, []Pane{Encryption}, "group", "group by bucket, prefix, actor or key, in turn"},
	{ZoomOut, []string{"o"}, []Pane{Explore}, "", "double the time window"},
	{Earlier, []string{"["}, []Pane{Explore}, "", "shift the time window half its width earlier"},
	{Later, []string{"]"}, []Pane{Explore}, "", "shift the time window half its width later"},
	{Brush, []string{"v"}, []Pane{Explore}, "", "brush a stretch of time: arrows, enter keeps it, esc gives up"},
	{GoTime, []string{"@"}, []Pane{Explore}, "", "go to a time"},
	{NextBad, []string{"e"}, []Pane{Explore}, "", "next denied or failed request"},
	{PrevBad, []string{"E"}, []Pane{Explore}, "", "previous denied or failed request"},
	{Search, []string{"ctrl+t"}, []Pane{Explore}, "", "search a text in the list, without filtering"},
	{NextHit, []string{"n"}, []Pane{Explore}, "", "next row that holds the text searched for"},
	{PrevHit, []string{"N"}, []Pane{Explore}, "", "previous row that holds the text searched for"},
	{SortColumn, []string{"s"}, []Pane{Explore, Objects, Actors}, "", "sort by the column under the cursor: up, down, as at first"},
	{Columns, []string{"C"}, []Pane{Explore}, "", "columns: choose and order; in the detail: list the value under the cursor; in the facets: choose them"},
	{Wider, []string{">"}, []Pane{Explore}, "", "make the column wider"},
	{Narrower, []string{"<"}, []Pane{Explore}, "", "make the column narrower"},
	{ToggleZone, []string{"T"}, []Pane{Explore}, "", "a second time zone beside UTC, on or off"},
	{ToggleWrap, []string{"w"}, []Pane{Explore}, "", "break long values of the detail into lines, or cut them"},
	{Toggle, []string{"space"}, []Pane{Chooser}, "on/off", "choose the field, or choose it no more"},
	{MoveUp, []string{"["}, []Pane{Chooser}, "earlier", "move the field towards the front"},
	{MoveDown, []string{"]"}, []Pane{Chooser}, "later", "move the field towards the end"},
	{Usual, []string{"r"}, []Pane{Chooser}, "as usual", "forget the choice"},
	{ShowProof, []string{"V"}, []Pane{Explore}, "", "what vouches for the record: its digest, the neighbours, gaps in the time on screen"},
	{ToggleSide, []string{"d"}, []Pane{Explore}, "", "detail on or off"},
	{ZoomPane, []string{"z"}, []Pane{Explore, Sources}, "", "give the pane the whole screen, and back"},
	{Mark, []string{"space"}, []Pane{Explore}, "mark", "mark the record for the notebook, or take the mark back"},
	{Note, []string{"c"}, []Pane{Explore, Notebook}, "note", "write a note on the record"},
	{Tag, []string{"t"}, []Pane{Explore, Notebook}, "", "tag the record"},
	{NextMark, []string{"}"}, []Pane{Explore}, "", "next marked row"},
	{PrevMark, []string{"{"}, []Pane{Explore}, "", "previous marked row"},
	{KeepView, []string{"m"}, []Pane{Explore}, "", "keep the filter and its window in the notebook"},
	{Remove, []string{"delete", "backspace"}, []Pane{Notebook}, "", "take the mark or view off the notebook"},
	{ExportNotes, []string{"x"}, []Pane{Notebook}, "export", "write the notebook to a file"},
	{Export, []string{"x"}, []Pane{Explore}, "export", "rows to a file; jsonl has redacted values raw"},
	{SavePreset, []string{"S"}, []Pane{Explore}, "", "save the filter as a preset"},
	{ShowCmd, []string{":cmd"}, []Pane{Explore}, "", "show the command that gives this view without a screen"},
	{ShowSQL, []string{":sql"}, []Pane{Explore}, "", "show the statement behind the list"},
	{Copy, []string{"y"}, []Pane{Explore, Groups, Objects, Story, Deletes, Actors, Card, Sources, Coverage, Notebook}, "", "copy the value under the cursor to the terminal's clipboard"},

	{CopyRecord, []string{"Y"}, []Pane{Explore}, "", "copy the record as it stands in the evidence"},

	{Problems, []string{"f"}, []Pane{Sources}, "only problems", "show only members with rejects, damage or a reason"},

	{Rerun, []string{"r"}, []Pane{Verify}, "again", "verify the case: offline, nothing is read again"},
	{Problems, []string{"f"}, []Pane{Verify}, "problems", "show only what is altered, missing, unlisted, uncovered or not proven"},
	{ShowLacks, []string{"c"}, []Pane{Verify}, "coverage", "time that nothing vouches for, and what it coincides with"},
	{ShowFiles, []string{"a"}, []Pane{Verify}, "files", "log files that are altered, missing, unlisted, pending or uncovered; f shows all"},
	{ShowKeys, []string{"K"}, []Pane{Verify}, "", "public keys with trust, origin and hash"},
	{ShowFinds, []string{"F"}, []Pane{Verify}, "", "everything that was found, in words"},
	{NextPane, []string{"tab", "shift+tab"}, []Pane{Encryption}, "findings", "into the findings, and back to the groups"},
	{NextPane, []string{"tab", "shift+tab"}, []Pane{Verify}, "hours", "into the strip of hours, and back to the list"},
	{NextBad, []string{"e"}, []Pane{Verify}, "", "next problem"},
	{PrevBad, []string{"E"}, []Pane{Verify}, "", "previous problem"},
	{NextBad, []string{"e"}, []Pane{Card}, "next change", "next change of an address, agent, TLS or endpoint"},
	{PrevBad, []string{"E"}, []Pane{Card}, "", "previous change"},
	{ShowStory, []string{"O"}, []Pane{Explore, Objects, Story, Deletes}, "", "the story of the object under the cursor: who wrote, read, copied, changed and deleted it"},
	{ShowCard, []string{"A"}, []Pane{Explore, Actors, Card, Story, Deletes}, "", "the card of the actor, key or address under the cursor"},
	{Toggle, []string{"space"}, []Pane{Actors}, "sessions", "show or hide the sessions of the role, the names of the owner"},
	{NextPane, []string{"tab"}, []Pane{Card, Story}, "next part", "the next part of the page"},
	{PrevPane, []string{"shift+tab"}, []Pane{Card, Story}, "", "the part before"},
	{ShowDels, []string{"D"}, []Pane{Story}, "deletes", "the ledger of the deletes of the object"},
	{ShowDels, []string{":deletes"}, screens, "", "the ledger of deletes: every deleted key, and whether it can be had back"},
	{ShowHours, []string{"c"}, []Pane{Sources}, "coverage", "what each log recorded hour by hour, and what it could not have recorded"},
	{ShowHours, []string{":coverage"}, screens, "", "what each log recorded hour by hour, and what it could not have recorded"},
	{ShowChanges, []string{"t"}, []Pane{Coverage}, "changes", "what changed the recording, or touched the buckets that logs lie in"},
	{ShowFiles, []string{"a"}, []Pane{Coverage}, "deliveries", "delivered files that are missing here, differ, or were not delivered"},
	{NextPane, []string{"tab", "shift+tab"}, []Pane{Coverage}, "hours", "into the hours of the strip, and back"},
	{NextBad, []string{"e"}, []Pane{Coverage}, "", "next hour that is a gap, unknown, not selected or altered"},
	{PrevBad, []string{"E"}, []Pane{Coverage}, "", "previous such hour"},
	{ShowCmd, []string{":cmd"}, []Pane{Presets, Groups, Objects, Actors, Card, Story, Deletes, Encryption, Sources, Coverage, Notebook}, "", "show the command that tells the same without a screen"},
	{ShowCmd, []string{":cmd"}, []Pane{Verify}, "", "show the command that does it without a screen"},
	{Copy, []string{"y"}, []Pane{Verify}, "", "copy hashes or names to the terminal's clipboard"},

	{Toggle, []string{"space"}, []Pane{Bucket}, "tick", "tick what is under the cursor and all below it, or take the ticks away"},
	{TickAll, []string{"a"}, []Pane{Bucket}, "all", "tick everything, or nothing"},
	{GoTime, []string{"@"}, []Pane{Bucket}, "time", "since and until when to take"},
	{Open, []string{"enter"}, []Pane{Bucket}, "begin", "take what is ticked, once it is counted"},
	{Peel, []string{"esc"}, []Pane{Bucket}, "leave", "stop looking or counting; then leave, nothing is taken"},
	{Rerun, []string{"r"}, []Pane{Bucket}, "", "look or count again after it was stopped"},
	{Fold, []string{"left", "h"}, []Pane{Bucket}, "", "fold what lies below"},
	{Unfold, []string{"right", "l"}, []Pane{Bucket}, "", "unfold it"},

	{Up, []string{"up", "k"}, movers, "", "up"},
	{Down, []string{"down", "j"}, movers, "", "down"},
	{Left, []string{"left", "h"}, grids, "", "column to the left"},
	{Right, []string{"right", "l"}, grids, "", "column to the right"},
	{PageUp, []string{"pgup"}, lists, "", "page up"},
	{PageDown, []string{"pgdown", "ctrl+f"}, lists, "", "page down"},
	{HalfUp, []string{"ctrl+u"}, lists, "", "half a page up"},
	{HalfDown, []string{"ctrl+d"}, lists, "", "half a page down"},
	{First, []string{"g", "home"}, lists, "", "first row"},
	{Last, []string{"G", "end"}, lists, "", "last row"},
	{ScrollLeft, []string{"H"}, grids, "", "scroll the columns to the left"},
	{ScrollMore, []string{"L"}, grids, "", "scroll the columns to the right"},

	{Open, []string{"enter"}, append([]Pane{Everywhere, Briefing, Picker, Pivots, Chooser, Views, Chips, Log}, typing...), "open", "open what is under the cursor"},
	{NextPane, []string{"tab"}, []Pane{Explore}, "pane", "next pane"},
	{PrevPane, []string{"shift+tab"}, []Pane{Explore}, "", "previous pane"},
	{GoExplore, []string{"1"}, screens, "", "Explore: what happened, who, from where"},
	{GoPresets, []string{"2"}, screens, "", "Presets: standard questions"},
	{GoObjects, []string{"3"}, screens, "", "Objects: buckets, prefixes and keys as a tree"},
	{GoActors, []string{"4"}, screens, "", "Actors: who made the requests, roles with their sessions"},
	{GoEncryption, []string{"5"}, screens, "", "Encryption: how writes were encrypted"},
	{GoVerify, []string{"6"}, screens, "", "Verify: what is proven, altered, missing, unlisted, uncovered"},
	{GoSources, []string{"7"}, screens, "", "Sources: what is loaded and what is missing"},
	{GoNotebook, []string{"8"}, screens, "", "Notebook: marks, notes, tags and kept views"},
	{SetWindow, []string{"W"}, screens, "", "set the incident window, clear it, or put the one before back"},
	{LookAgain, []string{"R"}, screens, "", "look for new evidence where the case's came from"},
	{ShowBrief, []string{"b"}, screens, "briefing", "briefing: what the case holds, and leads"},
	{ShowAll, []string{":"}, screens, "palette", "every act by name"},
	{ToggleMouse, []string{"f2"}, screens, "", "let the terminal have the mouse for selecting text, or take it back"},
	{ShowJobs, []string{"J"}, screens, "", "jobs: what is running"},
	{ShowLog, []string{"M"}, screens, "", "messages so far"},
	{Back, []string{"q"}, screens, "back", "back; at the first screen it asks before it quits"},
	{Back, []string{"q"}, []Pane{Picker, Pivots, Chooser, Views, Chips, Briefing, Log}, "", "close"},
	{Peel, []string{"esc"}, append(above, Everywhere), "", "give up: text, overlay, running query"},
	{Stop, []string{"ctrl+c"}, append(above, Everywhere), "", "stop the running query or job; twice quits"},

	{Narrow, []string{"/"}, []Pane{Picker, Facets}, "search", "type to narrow the values"},
	{RareFirst, []string{"r"}, []Pane{Picker, Facets}, "rarest first", "rarest first, and back"},
	{Toggle, []string{"space"}, []Pane{Chips}, "on/off", "switch the condition off or on"},
	{EditChip, []string{"e"}, []Pane{Chips}, "edit", "edit the condition as text"},
	{Negate, []string{"!"}, []Pane{Chips}, "negate", "turn the condition round"},
	{Remove, []string{"x", "delete"}, []Pane{Chips}, "remove", "remove the condition"},
	{Cancel, []string{"x"}, []Pane{Log}, "", "stop the job under the cursor"},
	{Complete, []string{"tab"}, []Pane{Input}, "complete", "complete a field or a value"},
	{Complete, []string{"tab"}, []Pane{Param}, "complete", "complete the value: those of the evidence, with counts"},
	{Open, []string{"enter"}, []Pane{Input}, "apply", "apply the text at once"},
	{Older, []string{"up"}, []Pane{Input}, "", "older filter text"},
	{Newer, []string{"down"}, []Pane{Input}, "", "newer filter text"},
	{Up, []string{"up"}, []Pane{Help, Palette, Pivots}, "", "up"},
	{Down, []string{"down"}, []Pane{Help, Palette, Pivots}, "", "down"},
	{PageUp, []string{"pgup"}, []Pane{Help, Palette}, "", "page up"},
	{PageDown, []string{"pgdown"}, []Pane{Help, Palette}, "", "page down"},
	{PrevField, []string{"up", "shift+tab"}, []Pane{Dialog, Param}, "", "field above"},
	{NextField, []string{"down", "tab"}, []Pane{Dialog}, "next field", "field below"},
	{NextField, []string{"down"}, []Pane{Param}, "next field", "field below"},
	{Left, []string{"left"}, []Pane{Dialog, Param}, "", "choice to the left"},
	{Right, []string{"right"}, []Pane{Dialog, Param}, "", "choice to the right"},
}
