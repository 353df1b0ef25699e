package loaders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trailsift/loaders/source"
	"trailsift/model"
)

// memory is a sink that remembers everything, members by locator and hash as a case does.
type memory struct {
	mu      sync.Mutex
	next    int64
	members []model.Member
	records map[model.MemberID][]stored
	open    map[model.MemberID]bool // written to, not finished
	// the hooks may fail a call or change the evidence under the loader's feet
	onPresent func(locator string)
	onWrite   func(id model.MemberID, n int) error
	onFinish  func(m *model.Member) error
}

type stored struct {
	text   string
	number uint32
	flags  model.Flags
	offset int64
	length uint32
}

func newMemory() *memory {
	return &memory{next: 1, records: map[model.MemberID][]stored{}, open: map[model.MemberID]bool{}}
}

func (s *memory) Reserve(_ context.Context, n int) (model.MemberID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := model.MemberID(s.next) << 24
	s.next += int64(n)
	return first, nil
}

func (s *memory) Present(locator string, sum [32]byte) bool {
	if s.onPresent != nil {
		s.onPresent(locator)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.members, func(m model.Member) bool {
		return m.Locator == locator && m.SHA256File == sum && m.Kind != model.KindSkipped && m.Kind != model.KindRejected
	})
}

func (s *memory) Writer(context.Context) (model.Writer, error) { return &memoryWriter{s: s}, nil }

type memoryWriter struct{ s *memory }

func (w *memoryWriter) Write(ctx context.Context, b *model.Batch) error {
	if w.s.onWrite != nil {
		if err := w.s.onWrite(b.Member, len(b.Records)); err != nil {
			return err
		}
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.open[b.Member] = true
	for _, r := range b.Records {
		w.s.records[b.Member] = append(w.s.records[b.Member], stored{strings.Clone(r.Key), r.Number, r.Flags, r.Offset, r.Length})
	}
	return ctx.Err()
}

func (w *memoryWriter) Finish(_ context.Context, m *model.Member) error {
	if w.s.onFinish != nil {
		if err := w.s.onFinish(m); err != nil {
			return err
		}
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	delete(w.s.open, m.ID)
	w.s.members = append(w.s.members, *m)
	return nil
}

func (w *memoryWriter) Discard(_ context.Context, id model.MemberID) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	delete(w.s.open, id)
	delete(w.s.records, id)
	return nil
}

func (w *memoryWriter) Close(context.Context) error { return nil }

// named finds the one member with that name.
func (s *memory) named(t *testing.T, name string) model.Member {
	t.Helper()
	var found []model.Member
	for _, m := range s.members {
		if m.Name == name {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		var names []string
		for _, m := range s.members {
			names = append(names, m.Name)
		}
		t.Fatalf("%d members are named %q; there are %q", len(found), name, names)
	}
	return found[0]
}

// texts is every stored record in member order.
func (s *memory) texts() []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(s.records)) {
		for _, r := range s.records[id] {
			out = append(out, r.text)
		}
	}
	return out
}

// lines is a parser for tests: every line that begins with "rec " is a record, any other a reject;
// a line that does not end is an error, and a line beginning with "kind " sets the member's kind.
type lines struct {
	emit   func([]model.Record) error
	reject func(model.Reject)
	out    outcome
	offset int64
	feeds  int
}

func fakes() []recogniser {
	return []recogniser{{
		recognise: func(head []byte) bool {
			return bytes.HasPrefix(head, []byte("rec ")) || bytes.HasPrefix(head, []byte("kind "))
		},
		parser: func(emit func([]model.Record) error, reject func(model.Reject)) parser {
			return &lines{emit: emit, reject: reject}
		},
	}}
}

func (p *lines) Begin() {
	p.out = outcome{Kind: model.KindAccess, Form: "test lines", First: model.NoTime, Last: model.NoTime}
	p.offset, p.feeds = 0, 0
}

func (p *lines) Feed(window []byte, last bool) (int, error) {
	p.feeds++
	done := 0
	for {
		end := bytes.IndexByte(window[done:], '\n')
		if end < 0 {
			break
		}
		line := string(window[done : done+end])
		p.out.Seen++
		switch {
		case strings.HasPrefix(line, "rec "):
			r := model.Record{Number: uint32(p.out.Seen), Offset: p.offset, Length: uint32(len(line)), Key: line[4:]}
			if err := p.emit([]model.Record{r}); err != nil {
				return done, err
			}
		case strings.HasPrefix(line, "kind "):
			p.out.Kind, p.out.Seen = model.MemberKind(line[5:]), 0
		default:
			p.out.Rejected++
			p.reject(model.Reject{Number: uint32(p.out.Seen), Offset: p.offset, Length: int64(len(line)), Reason: "not a test line", Raw: []byte(line)})
		}
		done += end + 1
		p.offset += int64(end) + 1
	}
	if last && done < len(window) {
		return done, errors.New("the last line does not end")
	}
	return done, nil
}

func (p *lines) Outcome() outcome { return p.out }

// records writes n test lines that begin with a tag.
func records(tag string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "rec %s %d\n", tag, i)
	}
	return b.String()
}

// clock is a clock that advances a second at every look.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

// request loads args into s with the test parser and two workers.
func request(s *memory, args ...string) Request {
	return Request{Sources: args, Sink: s, Options: Options{Workers: 2, Now: clock(), parsers: fakes(), Copy: source.CopyNever}}
}

// mustLoad loads and checks what holds of every load that was not ended early.
func mustLoad(t *testing.T, req Request) Summary {
	t.Helper()
	var p model.Progress
	s, err := Load(t.Context(), req, &p)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	m := s.Members
	if m.Seen != m.Loaded+m.Skipped+m.Rejected+m.Already {
		t.Errorf("members do not add up: %+v", m)
	}
	if p.MembersDone.Load() != p.MembersTotal.Load() {
		t.Errorf("progress ends at %d of %d members", p.MembersDone.Load(), p.MembersTotal.Load())
	}
	if p.BytesDone.Load() != p.BytesTotal.Load() {
		t.Errorf("progress ends at %d of %d bytes", p.BytesDone.Load(), p.BytesTotal.Load())
	}
	sink := req.Sink.(*memory)
	if len(sink.open) > 0 {
		t.Errorf("%d members were written to and never finished", len(sink.open))
	}
	if n := int64(len(sink.texts())); p.Records.Load() > n {
		t.Errorf("progress counts %d records, %d are stored", p.Records.Load(), n)
	}
	return s
}
