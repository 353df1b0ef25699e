package store

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sameEvent tells that the events in two pieces of evidence say the same. The piece is the event
// itself, or what a wrapper puts round it: EventBridge and Elasticsearch an object, lookup-events and
// CloudWatch Logs a text in an object. White space, the order of members, and the ways a character
// or a number is written do not matter.
func sameEvent(a, b []byte) bool {
	ca, okA := canonicalEvent(a)
	cb, okB := canonicalEvent(b)
	return okA && okB && bytes.Equal(ca, cb)
}

// canonicalEvent is the one text of the event in a piece of evidence; false when it cannot be read.
func canonicalEvent(text []byte) ([]byte, bool) {
	v, ok := decoded(text)
	if !ok {
		return nil, false
	}
	if v, ok = unwrapped(v, true); !ok {
		return nil, false
	}
	out, err := json.Marshal(v)
	return out, err == nil
}

// unwrapped takes the event out of what a loader takes it out of, in the loader's order: an event is
// itself, whatever its members are called; then an object round it, then a text. A text may hold a
// wrapped event, but no text. What is no event stays as it is.
func unwrapped(v any, texts bool) (any, bool) {
	o, ok := v.(map[string]any)
	if !ok || looksLikeEvent(o) {
		return v, true
	}
	for _, name := range []string{"detail", "_source"} {
		if inner, ok := o[name].(map[string]any); ok && looksLikeEvent(inner) {
			return inner, true
		}
	}
	if !texts {
		return v, true
	}
	for _, name := range []string{"CloudTrailEvent", "message"} {
		if text, ok := o[name].(string); ok && text != "" {
			inner, ok := decoded([]byte(text))
			if !ok {
				return nil, false
			}
			return unwrapped(inner, false)
		}
	}
	return v, true
}

// looksLikeEvent tells an event from what stands round one: every event has one of these.
func looksLikeEvent(o map[string]any) bool {
	for _, name := range []string{"eventName", "eventSource", "eventType", "eventCategory"} {
		if text, _ := o[name].(string); text != "" {
			return true
		}
	}
	return o["insightDetails"] != nil
}

// decoded is a JSON value as json.Marshal writes it in one way only; false when text is none, is not
// sound UTF-8 throughout, or names a member twice, where readers differ in what they take.
func decoded(text []byte) (any, bool) {
	if !utf8.Valid(text) || loneSurrogate(text) {
		return nil, false // the decoder would put the same replacement for different things
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, ok := decodedValue(d, 0)
	if !ok || d.InputOffset() != int64(len(bytes.TrimRight(text, " \t\r\n"))) {
		return nil, false
	}
	return v, true
}

// loneSurrogate tells that text holds an escape of half a character (RFC 8259, section 8.2).
func loneSurrogate(text []byte) bool {
	for i := bytes.IndexByte(text, '\\'); i >= 0 && i < len(text); {
		n, ok := escapedUnit(text[i:])
		switch {
		case ok && 0xD800 <= n && n < 0xDC00:
			if low, ok := escapedUnit(text[i+6:]); !ok || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 12
		case ok && 0xDC00 <= n && n <= 0xDFFF:
			return true
		default:
			i += 2
		}
		if i >= len(text) {
			return false
		}
		next := bytes.IndexByte(text[i:], '\\')
		if next < 0 {
			return false
		}
		i += next
	}
	return false
}

// escapedUnit reads \uXXXX at the start of text.
func escapedUnit(text []byte) (uint64, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return n, err == nil
}

// canonicalDepth is deeper than any record that a loader takes.
const canonicalDepth = 1010

func decodedValue(d *json.Decoder, depth int) (any, bool) {
	token, err := d.Token()
	if err != nil || depth > canonicalDepth {
		return nil, false
	}
	delim, ok := token.(json.Delim)
	if !ok {
		if n, ok := token.(json.Number); ok {
			return json.Number(canonicalNumber(string(n))), true
		}
		return token, true
	}
	object := map[string]any{}
	list := []any{}
	for d.More() {
		name := ""
		if delim == '{' {
			if token, err = d.Token(); err != nil {
				return nil, false
			}
			name = token.(string)
			if _, twice := object[name]; twice {
				return nil, false
			}
		}
		v, ok := decodedValue(d, depth+1)
		if !ok {
			return nil, false
		}
		if delim == '{' {
			object[name] = v
		} else {
			list = append(list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	if delim == '{' {
		return object, true
	}
	return list, true
}

// canonicalNumber is the one spelling of a JSON number: its digits without zeros at either end, and
// a power of ten. No digit is lost, however many there are.
func canonicalNumber(text string) string {
	digits, power := text, int64(0)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		var err error
		if power, err = strconv.ParseInt(text[i+1:], 10, 32); err != nil {
			return text // beyond any number a log holds: compared as written
		}
		digits = text[:i]
	}
	digits, negative := strings.CutPrefix(digits, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	power -= int64(len(fraction))
	digits = strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	power += int64(len(digits) - len(short))
	switch {
	case short == "":
		return "0"
	case negative:
		short = "-" + short
	}
	if power != 0 {
		short += "e" + strconv.FormatInt(power, 10)
	}
	return short
}
