package cloudtrail

import "trailsift/model"

// fillTexts writes what no column gives back, as three JSON objects: members keep their order and
// their text. Where a column holds all of an object's members, the object is left out too; an object
// that is empty in the record stays.
func (p *Parser) fillTexts(r *model.Record) {
	e := &p.e
	room := p.arena.room(e.size + 2)
	to := p.members(room, 0, e.n, r.Lean)
	if len(to) > len(room) {
		r.Extra = p.arena.keep(to)
	}
	r.Request = p.parted(requestParameters, r.Lean)
	r.Response = p.parted(responseElements, r.Lean)
}

// parted writes an object that has a text of its own.
func (p *Parser) parted(s slot, lean uint64) string {
	if !p.e.has(s) {
		return ""
	}
	n := int(p.e.at[s])
	it := &p.e.items[n]
	switch int(it.kids) {
	case 0: // not an object: it stays in extra
		return ""
	case n + 1:
		return "{}"
	}
	room := p.arena.room(int(it.end-it.val) + 2)
	to := p.members(room, n+1, int(it.kids), lean)
	if len(to) == len(room) {
		return ""
	}
	return p.arena.keep(to)
}

// members appends the items from up to until as an object, or nothing when none is left.
func (p *Parser) members(to []byte, from, until int, lean uint64) []byte {
	e := &p.e
	start := len(to)
	to = append(to, '{')
	for n := from; n < until; {
		it := &e.items[n]
		next := n + 1
		if it.kids > 0 {
			next = int(it.kids)
		}
		switch {
		case it.slot < promoted && !it.twice && lean&leanBits(it.slot) != 0:
		case it.kids > 0 && (it.slot == requestParameters || it.slot == responseElements):
		case next > n+1:
			mark := len(to)
			to = append(comma(to), e.b[it.name:it.val]...)
			if inner := p.members(to, n+1, next, lean); len(inner) > len(to) {
				to = inner
			} else {
				to = to[:mark]
			}
		default:
			to = append(comma(to), e.b[it.name:it.end]...)
		}
		n = next
	}
	if len(to) == start+1 {
		return to[:start]
	}
	return append(to, '}')
}

// leanBits are those of a member in model.Record.Lean; userAgent has two forms.
func leanBits(s slot) uint64 {
	if s == userAgent {
		return 1<<userAgent | 1<<userAgentBracketed
	}
	return 1 << s
}

func comma(to []byte) []byte {
	if to[len(to)-1] != '{' {
		to = append(to, ',')
	}
	return to
}
