package cloudtrail

import "slices"

// item is one member of an opened object, in the order found.
type item struct {
	name, val, end int32 // positions of the name's quote, of the value and behind it
	kids           int32 // opened: the index behind the last item inside; else 0
	slot           slot
	escaped        bool // a text with escapes
	twice          bool // an earlier member has the slot
}

// resource is an element of resources[].
type resource struct {
	kind, arn, prefix, account []byte
	members                    uint8
	odd                        bool // escapes, members that are no text, or twice
}

// event is one record while it is read: where its members stand, before any of it is understood.
type event struct {
	scanner
	items    []item // the first n are of this record
	n        int
	at       [slotCount]int32 // index of the item of a slot; valid where seen
	seen     [2]uint64
	repeated [2]uint64 // slots with more than one member
	variant  [2]uint64 // slots with a member that differs in case only
	doubled  bool      // an unknown member stands twice

	size int // bytes of the record
	// follows is which member followed which one when it was last seen: records resemble each other,
	// and to compare a name is faster than to find it.
	follows [noContainer][256]slot

	listed    []resource
	allListed bool // resources is a list of objects, all of them in listed

	outermost bool // the object may be a wrapper
	wrapper   int  // position of a list of records that makes the object a wrapper, or 0
	form      form
	hints     hint
}

func (e *event) has(s slot) bool { return e.seen[s>>6]&(1<<(s&63)) != 0 }

func (e *event) once(s slot) bool { return e.repeated[s>>6]&(1<<(s&63)) == 0 }

// repeatedObject tells that an object which is opened stands twice.
func (e *event) repeatedObject() bool {
	for s := userIdentity; s <= tlsDetails; s++ {
		if !e.once(s) {
			return true
		}
	}
	return false
}

// scan passes the object at b[i] and notes its members.
func (e *event) scan(i int) int {
	e.n = 0
	e.seen, e.repeated, e.variant = [2]uint64{}, [2]uint64{}, [2]uint64{}
	e.doubled, e.allListed, e.lone, e.wrapper, e.hints, e.form = false, false, false, 0, 0, noForm
	e.listed = e.listed[:0]
	end := e.members(i, top, 1)
	e.size = end - i
	return end
}

// members passes an opened object.
func (e *event) members(i int, c container, depth int) int {
	b := e.b
	t := &tables[c]
	first := e.n
	strangers := 0
	before := unknown
	if i++; i < len(b) && b[i] <= ' ' {
		i = e.space(i)
	}
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) {
			return short
		}
		if b[i] != '"' {
			return e.fail(i, "the name of a member is missing")
		}
		name, s := i, e.follows[c][before]
		var key []byte
		if q := quotedNames[s]; len(b)-i > len(q) && string(b[i:i+len(q)]) == q && b[i+len(q)] > ' ' {
			i += len(q)
		} else if i, key = e.key(i); i >= 0 {
			s = t.find(key)
			e.follows[c][before] = s
		} else {
			return i
		}
		before = s
		n := e.n
		if n == len(e.items) {
			e.items = append(e.items, make([]item, max(64, n))...)
		}
		e.items[n] = item{name: int32(name), val: int32(i), slot: s}
		e.n++
		if s == unknown {
			strangers++
			if e.strange(key, c, i) {
				return i
			}
		}
		if i = e.member(n, s, i, depth); i < 0 {
			return i
		}
		e.items[n].end = int32(i)
		if i+1 < len(b) && b[i] == ',' && b[i+1] == '"' {
			i++
			continue
		}
		var more bool
		if i, more = e.next(i, '}'); i < 0 {
			return i
		}
		if !more {
			break
		}
	}
	if strangers > 1 && !e.doubled {
		e.doubled = e.twins(first)
	}
	return i
}

// key passes a member's name and the colon.
func (e *event) key(i int) (value int, key []byte) {
	end, escaped := e.text(i)
	if end < 0 {
		return end, nil
	}
	key = e.b[i+1 : end-1]
	if escaped {
		key = unescape(nil, key)
	}
	return e.colon(end), key
}

// member passes the value at i of item n.
func (e *event) member(n int, s slot, i, depth int) int {
	fresh := false
	if s != unknown {
		word, bit := s>>6, uint64(1)<<(s&63)
		if fresh = e.seen[word]&bit == 0; fresh {
			e.seen[word] |= bit
			e.at[s] = int32(n)
		} else {
			e.repeated[word] |= bit
			e.items[n].twice = true
		}
	}
	switch e.b[i] {
	case '"':
		end, escaped := e.text(i)
		e.items[n].escaped = escaped
		return end
	case '{':
		if c := s.opens(); c != noContainer && fresh {
			if depth >= e.limit {
				return deep
			}
			if i = e.members(i, c, depth+1); i >= 0 {
				e.items[n].kids = int32(e.n)
			}
			return i
		}
	case '[':
		if s == resources && fresh && depth+1 < e.limit {
			return e.resourceList(i, depth+1)
		}
	}
	return e.value(i, depth)
}

// strange looks at a member that is not known: it may make the object a wrapper, hint at another form,
// or be a known name in another case.
func (e *event) strange(key []byte, c container, i int) (isWrapper bool) {
	if c == top {
		if e.hint(key, i) {
			return true
		}
	}
	if len(key) > 64 {
		return false
	}
	var buf [64]byte
	for k, ch := range key {
		if ch >= 'A' && ch <= 'Z' {
			ch |= 0x20
		}
		buf[k] = ch
	}
	if s, ok := folded[c][string(buf[:len(key)])]; ok {
		e.variant[s>>6] |= 1 << (s & 63)
	}
	return false
}

// twins tells whether two unknown members of the object whose items begin at first have one name.
func (e *event) twins(first int) bool {
	var few [16]string
	found := few[:0]
	for n := first; n < e.n; n++ {
		it := &e.items[n]
		if it.slot == unknown {
			end, escaped := e.text(int(it.name))
			raw := e.b[it.name+1 : end-1]
			if escaped {
				raw = unescape(nil, raw)
			}
			found = append(found, view(raw))
		}
		if it.kids > 0 {
			n = int(it.kids) - 1
		}
	}
	if total := len(found); total > len(few) {
		slices.Sort(found)
		return len(slices.Compact(found)) < total
	}
	for i := range found {
		for _, other := range found[:i] {
			if other == found[i] {
				return true
			}
		}
	}
	return false
}

// resourceList passes resources[] and notes its elements.
func (e *event) resourceList(i, depth int) int {
	e.allListed = true
	if i = e.space(i + 1); i < len(e.b) && e.b[i] == ']' {
		return i + 1
	}
	for more := true; more; {
		if i >= len(e.b) {
			return short
		}
		if e.b[i] == '{' && len(e.listed) < 16 && depth < e.limit {
			i = e.resource(i, depth+1)
		} else {
			e.allListed = false
			i = e.value(i, depth)
		}
		if i < 0 {
			return i
		}
		if i, more = e.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

func (e *event) resource(i, depth int) int {
	e.listed = append(e.listed, resource{})
	r := &e.listed[len(e.listed)-1]
	if i = e.space(i + 1); i < len(e.b) && e.b[i] == '}' {
		return i + 1
	}
	for more := true; more; {
		if i >= len(e.b) {
			return short
		}
		if e.b[i] != '"' {
			return e.fail(i, "the name of a member is missing")
		}
		end, escaped := e.text(i)
		if end < 0 {
			return end
		}
		key := e.b[i+1 : end-1]
		if i = e.colon(end); i < 0 {
			return i
		}
		r.odd = r.odd || escaped
		from := i
		if e.b[i] == '"' {
			if end, escaped = e.text(i); end < 0 {
				return end
			}
			r.note(key, e.b[from+1:end-1], escaped)
			i = end
		} else {
			r.odd = true
			if i = e.value(i, depth); i < 0 {
				return i
			}
		}
		if i, more = e.next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}

// note keeps a text of a resource under the names that copies of the log are seen to use.
func (r *resource) note(key, val []byte, escaped bool) {
	if escaped {
		val = unescape(nil, val)
	}
	var to *[]byte
	switch string(key) {
	case "type":
		to = &r.kind
	case "ARN":
		to = &r.arn
	case "accountId":
		to = &r.account
	case "arn":
		to, r.odd = &r.arn, true
	case "accountid":
		to, r.odd = &r.account, true
	case "ARNPrefix":
		to, r.odd = &r.prefix, true
	default:
		r.odd = true
		return
	}
	if *to != nil {
		r.odd = true
		return
	}
	*to = val
	r.members++
}
