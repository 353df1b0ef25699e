package detail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// jsonLines bounds the lines shown of one record; a record larger than that is cut aloud.
const jsonLines = 20000

// level is one open object or array.
type level struct {
	array bool
	path  []string // the names that lead here; of no use inside arrays
	named bool     // every member on the way has a path, which a list has not
	key   string
	isKey bool // the next string is a member's name
	count int
	node  string
}

// json shows a record indented, members in their order and doubles included, each scalar with the
// path that filters on it.
func (b *builder) json(raw []byte) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	stack := []level{}
	for n := 0; ; n++ {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			return
		}
		if err != nil {
			b.add(Entry{Text: "this is no JSON from here on: " + b.show(err.Error()), Role: theme.Bad})
			b.add(Entry{Text: b.show(string(raw[min(len(raw), int(dec.InputOffset())):]))})
			return
		}
		if n > jsonLines {
			b.add(Entry{Text: fmt.Sprintf("%s(+%d bytes; an export holds all of it)", b.theme.Cut, len(raw)-int(dec.InputOffset())), Role: theme.Warn})
			return
		}
		stack = b.token(stack, tok)
	}
}

func (b *builder) token(stack []level, tok json.Token) []level {
	top := len(stack) - 1
	if top >= 0 && stack[top].isKey {
		if key, ok := tok.(string); ok {
			stack[top].key, stack[top].isKey = key, false
			return stack
		}
	}
	if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
		b.add(Entry{Text: indent(len(stack)-1) + d.String(), Role: theme.Dim, Closes: true, Depth: len(stack) - 1})
		return next(stack[:top])
	}
	label, path, named, node := "", []string(nil), top < 0, ""
	if top >= 0 {
		stack[top].count++
		node = stack[top].node + "/" + strconv.Itoa(stack[top].count)
		if !stack[top].array {
			node = stack[top].node + "/" + stack[top].key
			label = `"` + b.show(stack[top].key) + `": `
			if named = stack[top].named && len(stack[top].path) < filter.PathDepth; named {
				path = append(slices.Clip(stack[top].path), stack[top].key)
			}
		}
	}
	if d, ok := tok.(json.Delim); ok {
		b.add(Entry{Text: indent(len(stack)) + label + d.String(), Role: theme.Dim, Opens: true, Depth: len(stack), Node: node})
		return append(stack, level{node: node, array: d == '[', path: path, named: named && d == '{', isKey: d == '{'})
	}
	e := Entry{Text: indent(len(stack)) + label + b.scalar(tok), Depth: len(stack)}
	if named && top >= 0 && tok != nil {
		e.Field, e.Path, e.Value = model.FieldJSON, filter.JoinPath(path...), fmt.Sprint(tok)
	}
	b.add(e)
	return next(stack)
}

// next expects a member's name again after a value.
func next(stack []level) []level {
	if n := len(stack) - 1; n >= 0 && !stack[n].array {
		stack[n].isKey = true
	}
	return stack
}

func (b *builder) scalar(tok json.Token) string {
	switch v := tok.(type) {
	case nil:
		return "null"
	case string:
		return `"` + b.show(v) + `"`
	}
	return b.show(value.Plain(fmt.Sprint(tok)))
}

func indent(n int) string { return strings.Repeat("  ", max(0, min(n, 20))) }
