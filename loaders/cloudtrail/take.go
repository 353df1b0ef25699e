package cloudtrail

import (
	"bytes"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"trailsift/model"
)

// source is where a record stands in the content.
type source struct {
	offset int64
	raw    []byte // the bytes as found
	flags  model.Flags
}

// take reads the object at i of the window and gives its end. When the object turns out to be a
// wrapper, p.e.wrapper is set and the position is that of the list in it.
func (p *Parser) take(i int) (int, error) {
	end := p.e.scan(i)
	switch {
	case p.e.wrapper > 0, end < 0:
		return end, nil
	case end-i > p.limits.Record:
		p.refuse(i, end, fmt.Sprintf("a record of %d bytes; the limit is %d", end-i, p.limits.Record))
		return end, nil
	}
	src := source{offset: p.base + int64(i), raw: p.b[i:end]}
	if p.isEvent() {
		return end, p.sound(src)
	}
	if inner := p.enclosed(); inner > 0 {
		return end, p.takeEnclosed(i, end, inner)
	}
	return end, p.understand(src)
}

// sound reads the scanned event, on the spot if all of its text is sound.
func (p *Parser) sound(src source) error {
	if p.dirty || p.e.lone {
		return p.understand(src)
	}
	return p.record(src)
}

// enclosed is where the event stands in an EventBridge event or an Elasticsearch hit, or 0.
func (p *Parser) enclosed() int {
	for _, s := range [...]slot{detail, elasticSource} {
		if raw := p.raw(s); len(raw) > 0 && raw[0] == '{' {
			return int(p.e.items[p.e.at[s]].val)
		}
	}
	return 0
}

// takeEnclosed reads the event at inner if it is one; else what encloses it is no event either.
func (p *Parser) takeEnclosed(i, end, inner int) error {
	hints := p.e.hints
	p.e.outermost = false
	stop := p.e.scan(inner)
	if stop > 0 && p.isEvent() {
		return p.sound(source{offset: p.base + int64(inner), raw: p.b[inner:stop]})
	}
	p.hints |= hints
	p.foreign(i, end, "not a CloudTrail event")
	return nil
}

// understand reads the scanned object into a record, after repairing text that no column can hold.
func (p *Parser) understand(src source) error {
	p.e.outermost = false
	if p.dirty && !utf8.Valid(src.raw) {
		src.flags |= model.FlagBadUTF8
	}
	if p.e.lone {
		src.flags |= model.FlagLoneSurrogate
	}
	if src.flags != 0 {
		p.rescan(p.arena.repaired(src.raw))
	}
	defer p.restore()
	if p.isEvent() {
		return p.record(src)
	}
	for _, s := range [...]slot{cloudTrailText, messageText} {
		if text := p.text(s); text != "" {
			return p.quotedEvent(src, text)
		}
	}
	p.unrecognised(src)
	return nil
}

// rescan goes over other bytes than the window's. They are in the arena, so records may point to them.
func (p *Parser) rescan(b []byte) int {
	p.e.b = b
	return p.e.scan(0)
}

func (p *Parser) restore() { p.e.b = p.b }

// quotedEvent reads an event that stands in a text, as lookup-events and CloudWatch Logs give it. The
// record's bytes are those of the element that holds the text.
func (p *Parser) quotedEvent(src source, text string) error {
	kept := bytes.TrimLeft(unsafe.Slice(unsafe.StringData(text), len(text)), " \t\r\n")
	if len(kept) == 0 || kept[0] != '{' {
		p.hints |= hintControl
		p.unrecognised(src)
		return nil
	}
	end := p.rescan(kept)
	if end >= 0 && p.e.lone {
		src.flags |= model.FlagLoneSurrogate
		kept = p.arena.repaired(kept)
		end = p.rescan(kept)
	}
	switch {
	case end == deep:
		var s skipper
		s.run(kept, 0)
		p.refuseSource(src, p.tooDeep(s))
		return nil
	case end < 0 || len(bytes.TrimSpace(kept[end:])) > 0:
		p.refuseSource(src, "the text that should hold the event is not one JSON object")
		return nil
	}
	if p.isEvent() {
		return p.record(src)
	}
	if inner := p.enclosed(); inner > 0 {
		if stop := p.e.scan(inner); stop > 0 && p.isEvent() {
			return p.record(src)
		}
	}
	p.unrecognised(src)
	return nil
}

// record appends the scanned event.
func (p *Parser) record(src source) error {
	if p.document.kind != "" && p.events == 0 {
		p.demote()
	}
	p.number++
	p.res.Seen++
	p.events++
	r := &p.batch[p.n]
	r.Reset()
	r.Number, r.Offset, r.Length, r.Hash, r.Flags = p.number, src.offset, uint32(len(src.raw)), hashed(src.raw), src.flags
	p.fill(r)
	if r.Time != model.NoTime {
		if p.res.First == model.NoTime || r.Time < p.res.First {
			p.res.First = r.Time
		}
		p.res.Last = max(p.res.Last, r.Time)
	}
	p.n++
	if p.n == batchSize {
		return p.flush()
	}
	if p.n == len(p.batch) { // grown by need: most log files hold a handful of events
		p.batch = append(p.batch, make([]model.Record, min(3*p.n, batchSize-p.n))...)
	}
	return nil
}

// unrecognised is an object without an event in it.
func (p *Parser) unrecognised(src source) {
	p.hints |= p.e.hints
	if kind := p.remember(src); kind != "" {
		return
	}
	reason := "not a CloudTrail event"
	if p.e.hints&hintNotification != 0 {
		reason = "an event notification (eventSource aws:...), which is not a CloudTrail event"
	}
	if p.stage == between && p.values == 0 && p.e.n == 0 {
		return // {} alone is an empty document
	}
	p.refuseForeign(src, reason)
}

// remember keeps a digest, a key list or metadata in mind. Only the first outermost value can be one,
// and every element of a bare list of keys.
func (p *Parser) remember(src source) model.MemberKind {
	inKeys := p.stage == inList && p.list == formArray && (p.number == 0 || p.document.kind == model.KindKeys)
	if p.events > 0 || !inKeys && (p.stage != between || p.values > 0) {
		return ""
	}
	kind := p.document.kind
	if found := p.documentKind(src.raw); inKeys && found != model.KindKeys || found == "" {
		return ""
	} else if kind == "" {
		p.document = place{found, src.offset, int64(len(src.raw))}
		return found
	}
	return kind
}

// demote rejects a document in front of records: a member is one or the other.
func (p *Parser) demote() {
	d := p.document
	p.document = place{}
	p.tell(model.Reject{
		Offset: d.offset, Length: d.length, Reason: fmt.Sprintf("a document (%s) stands among records", d.kind),
	})
}

// tell numbers a reject and tells it.
func (p *Parser) tell(r model.Reject) {
	p.number++
	p.res.Seen++
	p.res.Rejected++
	r.Number = p.number
	p.reject(r)
}

func clip(raw []byte) []byte { return raw[:min(len(raw), model.RejectRawLimit)] }

// refuseForeign rejects JSON that is sound but no event.
func (p *Parser) refuseForeign(src source, reason string) {
	p.tell(model.Reject{Offset: src.offset, Length: int64(len(src.raw)), Reason: reason, Raw: clip(src.raw)})
}

func (p *Parser) foreign(i, end int, reason string) {
	p.refuseForeign(source{offset: p.base + int64(i), raw: p.b[i:end]}, reason)
}

// refuseSource rejects something that may have been an event.
func (p *Parser) refuseSource(src source, reason string) {
	p.markBroken(model.Reject{Offset: src.offset, Length: int64(len(src.raw)), Reason: reason, Raw: clip(src.raw)})
}

func (p *Parser) refuse(i, end int, reason string) {
	p.refuseSource(source{offset: p.base + int64(i), raw: p.b[i:end]}, reason)
}

// note rejects nothing but says that something is wrong at i.
func (p *Parser) note(i int, reason string) {
	p.markBroken(model.Reject{Offset: p.base + int64(i), Reason: reason})
}

// markBroken counts a reject that makes the member one of ours, if anything in it speaks for that.
func (p *Parser) markBroken(r model.Reject) {
	if p.records || p.events > 0 || ours(r.Raw) {
		p.broken++
	} else if p.brokenAt == 0 {
		p.brokenAt = r.Offset + 1
	}
	p.tell(r)
}

// ours tells that broken text is likely to have been a CloudTrail event.
func ours(raw []byte) bool {
	for _, name := range [...]string{`"eventVersion"`, `"eventSource"`, `"userIdentity"`, `"eventName"`, `\"eventVersion\"`, `\"eventSource\"`} {
		if bytes.Contains(raw, []byte(name)) {
			return true
		}
	}
	return false
}

// why puts the scanner's finding about the record at i into words; around has gone over its brackets.
func (p *Parser) why(i, end int, around skipper) string {
	switch end {
	case short:
		return "the content ends in the middle of a record"
	case deep:
		return p.tooDeep(around)
	}
	return fmt.Sprintf("not JSON at byte %d of the record: %s", p.e.fault-i, p.e.why)
}

func (p *Parser) tooDeep(around skipper) string {
	return fmt.Sprintf("nested %d levels deep; the limit is %d", around.deepest, p.limits.Depth)
}

// resumeInList rejects the element at i and finds the next one.
func (p *Parser) resumeInList(i, end int) int {
	if end == short {
		return p.rest(i, p.why(i, end, skipper{}))
	}
	var s skipper
	stop, done := s.run(p.b, i)
	reason := p.why(i, end, s)
	if done {
		next := p.e.space(stop)
		if next < len(p.b) && (p.b[next] == ',' || p.b[next] == ']') && stop > i {
			p.refuse(i, stop, reason)
			return stop
		}
		done = next < len(p.b)
	}
	if !done && !p.last {
		return p.grow(i, inList)
	}
	return p.rest(i, reason+"; where the next record begins cannot be told, so this is all of the rest")
}

// resumeOutside rejects the object at i, which stands in no list, and finds the next one.
func (p *Parser) resumeOutside(i, end int) int {
	if p.e.hints&hintDigest != 0 && p.values == 1 && p.res.Seen == 0 {
		// A verification says what is wrong with it.
		p.document, p.stage = place{model.KindDigest, p.base + int64(i), int64(len(p.b) - i)}, ignoring
		return i
	}
	// Not farther than the next line that begins with an object: many broken lines would make that
	// a walk to the end for each.
	line, until := p.nextObjectLine(i), len(p.b)
	if line > 0 {
		until = line
	}
	var s skipper
	stop, done := s.run(p.b[:until], i)
	reason := p.why(i, end, s)
	if done && end != short {
		next := p.e.space(stop)
		if next < len(p.b) && (p.b[next] == '{' || p.b[next] == '[') || next == len(p.b) && p.last {
			p.refuse(i, stop, reason)
			return stop
		}
	}
	switch {
	case line > 0:
		p.refuse(i, line, reason)
		return line
	case !p.last && len(p.b)-i <= p.limits.Record:
		p.values--
		return wait
	case end == short:
		return p.rest(i, reason)
	}
	return p.rest(i, reason+"; where the next record begins cannot be told, so this is all of the rest")
}

// nextObjectLine is objectLine, looked for once and not at every broken object before it.
func (p *Parser) nextObjectLine(i int) int {
	if p.lineAt != unsought && (p.lineAt < 0 || p.lineAt > i) {
		return p.lineAt
	}
	p.lineAt = objectLine(p.b, i)
	return p.lineAt
}

// line reads a line that begins with no bracket: of CloudWatch Logs, or of nothing we know.
func (p *Parser) line(i int) (int, error) {
	n := bytes.IndexByte(p.b[i:], '\n')
	if n < 0 && !p.last {
		if len(p.b)-i <= p.limits.Record {
			return wait, nil
		}
		return p.rest(i, "a line that is too long and not JSON"), nil
	}
	end := len(p.b)
	if n >= 0 {
		end = i + n
	}
	text := p.b[i:end]
	at := logLine(text)
	if at == 0 {
		if why := csvForm(text); why != "" && p.values == 0 && p.res.Seen == 0 {
			p.res.Reason, p.stage = why, ignoring
			return end, nil
		}
		p.foreign(i, end, "a line that is neither JSON nor of CloudWatch Logs")
		return end, nil
	}
	p.setForm(formLines)
	return end, p.logEvent(i+at, end)
}

// logEvent reads the object at i of a line that stops at end.
func (p *Parser) logEvent(i, end int) error {
	window := p.b
	p.b, p.e.b = p.b[:end], p.b[:end]
	defer func() { p.b, p.e.b = window, window }()
	stop, err := p.take(i)
	switch {
	case err != nil:
		return err
	case stop < 0:
		var s skipper
		s.run(p.b, i)
		p.refuse(i, end, p.why(i, stop, s))
	case len(bytes.TrimSpace(p.b[stop:])) > 0:
		p.foreign(stop, end, "text behind the event of a CloudWatch Logs line")
	}
	return nil
}
