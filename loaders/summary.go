package loaders

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"trailsift/loaders/source"
	"trailsift/model"
)

// ErrNoRoom says that the disk is nearly full; the load stopped before it was.
var ErrNoRoom = errors.New("too little room on the disk")

// Summary tells what a load did. Members.Seen is always the sum of the other four.
type Summary struct {
	Members  MemberCounts
	Records  RecordCounts
	Read     int64 // stored bytes of the members that were read
	Expanded int64 // content bytes of the members that were loaded
	ByLog    map[model.Log]int64
	Skipped  []Note // at most NoteLimit, in member order; the totals are in Members
	Rejected []Note // members (Record 0) and records
	Damaged  []Note // loaded members whose container is damaged or that were salvaged
	Archives []source.Archive
	// Elsewhere counts the loaded members whose raw bytes live outside the case only.
	Elsewhere int64
	// Planned is how many members the sources have, as far as was known when the load began.
	Planned int64
	// First is the lowest number this load's members can have.
	First       model.MemberID
	Seconds     float64
	Interrupted bool
}

// Add makes s the summary of its own load and of a later one.
func (s *Summary) Add(t Summary) {
	m := &s.Members
	m.Seen, m.Loaded, m.Skipped = m.Seen+t.Members.Seen, m.Loaded+t.Members.Loaded, m.Skipped+t.Members.Skipped
	m.Rejected, m.Already, m.Unreadable = m.Rejected+t.Members.Rejected, m.Already+t.Members.Already, m.Unreadable+t.Members.Unreadable
	s.Records.Seen, s.Records.Rejected = s.Records.Seen+t.Records.Seen, s.Records.Rejected+t.Records.Rejected
	s.Planned += t.Planned
	s.Read, s.Expanded, s.Elsewhere = s.Read+t.Read, s.Expanded+t.Expanded, s.Elsewhere+t.Elsewhere
	s.Seconds, s.Interrupted = s.Seconds+t.Seconds, s.Interrupted || t.Interrupted
	if s.First == 0 {
		s.First = t.First
	}
	if s.ByLog == nil {
		s.ByLog = map[model.Log]int64{}
	}
	for log, n := range t.ByLog {
		s.ByLog[log] += n
	}
	s.Skipped, s.Rejected, s.Damaged = trim(append(s.Skipped, t.Skipped...)), trim(append(s.Rejected, t.Rejected...)), trim(append(s.Damaged, t.Damaged...))
	s.Archives = append(s.Archives, t.Archives...)
}

// MemberCounts counts members. Unreadable ones are among Skipped: they could not be had at all, which
// makes the load incomplete.
type MemberCounts struct {
	Seen, Loaded, Skipped, Rejected, Already, Unreadable int64
}

// RecordCounts counts records of the members that were loaded by this run.
type RecordCounts struct{ Seen, Rejected int64 }

// Note is one line about a member, or about one record of it.
type Note struct {
	Name   string
	Record uint32 // 0: the member as a whole
	Reason string
	Unread bool // a member that could not be had, which is among the skipped
	order  model.MemberID
}

// NoteLimit bounds every list of a Summary.
const NoteLimit = 1000

// Incomplete tells that something that was meant to be loaded was not.
func (s Summary) Incomplete() bool {
	return s.Members.Rejected > 0 || s.Members.Unreadable > 0 || s.Records.Rejected > 0 || s.Interrupted
}

// Nothing tells that nothing was recognised.
func (s Summary) Nothing() bool { return s.Members.Loaded == 0 && s.Members.Already == 0 }

// tally is the summary while workers add to it.
type tally struct {
	mu sync.Mutex
	s  Summary
}

func (t *tally) add(f func(*Summary)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.s)
}

// finish puts the lists in order, which workers filled in any.
func (t *tally) finish() Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, list := range []*[]Note{&t.s.Skipped, &t.s.Rejected, &t.s.Damaged} {
		*list = trim(*list)
	}
	return t.s
}

// note appends n and keeps the list bounded by its earliest members, whatever the workers' order.
func note(list *[]Note, n Note) {
	*list = append(*list, n)
	if len(*list) >= 4*NoteLimit {
		*list = trim(*list)
	}
}

func trim(list []Note) []Note {
	slices.SortStableFunc(list, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Record, b.Record))
	})
	return list[:min(len(list), NoteLimit)]
}
