package sqlgen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/filter"
)

// json compares what stands at t.Path of the record. A promoted path is read from its column where
// the record's lean bit says so, else from request, response or extra. The database sees the path
// as a parameter too.
func (b builder) json(t model.Term) (cond, error) {
	if t.Path == "" {
		return cond{}, wrong(t.Field, "needs a path: json.requestParameters.prefix")
	}
	path, err := filter.SplitPath(t.Path)
	if err != nil {
		return cond{}, wrong(t.Field, "%v", err)
	}
	expr, below, ok := b.pathText(t.Path, path)
	if !ok {
		_, err := b.jsonValue(t, fixed("null"))
		return constant(false), err
	}
	c, err := b.jsonValue(t, expr)
	if err == nil && t.Op == model.Present && below != 0 {
		// An object is present too when everything in it went into columns.
		c = or(c, fixed(fmt.Sprintf("(lean & cast(%d as ubigint)) <> 0", below)))
	}
	return c, err
}

// Text is the expression that yields the text at a JSON path of a branch's records, null where there
// is none, and its arguments.
func Text(d Dialect, log model.Log, joined string) (string, []any, error) {
	path, err := filter.SplitPath(joined)
	if err != nil {
		return "", nil, wrong(model.FieldJSON, "%v", err)
	}
	expr, _, ok := builder{d: d, log: log}.pathText(joined, path)
	if !ok {
		return "cast(null as varchar)", nil, nil
	}
	return expr.sql, expr.args, nil
}

// pathText reads the text at a path. below are the lean bits of what lies under the path in columns;
// ok is false where the log has no such path.
func (b builder) pathText(joined string, path []string) (expr cond, below uint64, ok bool) {
	if b.log == model.AccessLog {
		column, ok := accessPaths[joined]
		return fixed(column), 0, ok
	}
	expr = b.stored(path)
	for bit, p := range model.Promoted {
		names := strings.Split(p.Path, ".")
		if len(names) > len(path) && slices.Equal(names[:len(path)], path) {
			below |= 1 << bit
		}
		if !slices.Equal(names, path) {
			continue
		}
		if form := rebuilt(p); form != "" {
			expr = fixed(fmt.Sprintf("(case when (lean & cast(%d as ubigint)) <> 0 then %s else %s end)", uint64(1)<<bit, form, expr.sql), expr.args...)
		}
	}
	return expr, below, true
}

// stored reads a path from the text column that holds its part of the record.
func (b builder) stored(path []string) cond {
	column := "extra"
	switch path[0] {
	case "requestParameters":
		column, path = "request", path[1:]
	case "responseElements":
		column, path = "response", path[1:]
	}
	if len(path) == 0 {
		return fixed(column)
	}
	return fixed(b.d.JSONText(column), pointer(path))
}

// pointer is a path as a JSON pointer (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + escapes.Replace(name))
	}
	return b.String()
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// rebuilt is the text of a promoted value, out of its column.
func rebuilt(p model.Promotion) string {
	switch p.Form {
	case model.FormText:
		return p.Column
	case model.FormBool, model.FormBoolText, model.FormInt, model.FormUUID:
		return "cast(" + p.Column + " as varchar)"
	case model.FormTime:
		return "strftime(" + p.Column + ", '%Y-%m-%dT%H:%M:%SZ')"
	case model.FormService:
		return p.Column + " || '.amazonaws.com'"
	case model.FormBracketed:
		return "'[' || " + p.Column + " || ']'"
	case model.FormLastOfARN:
		return "split_part(" + p.Column + ", '/', -1)"
	case model.FormAuth:
		return "(case " + p.Column + " when 'header' then 'AuthHeader' when 'query' then 'QueryString' else " + p.Column + " end)"
	case model.FormResources:
		return `('[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::' || bucket || '/' || key || '"},{"accountId":"' || bucket_account || ` +
			`'","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::' || bucket || '"}]')`
	}
	return ""
}

// jsonValue compares expr, a text, with t's values. Numbers have an order where both are numbers.
func (b builder) jsonValue(t model.Term, expr cond) (cond, error) {
	if t.Op == model.Present {
		return fixed("("+expr.sql+") is not null", expr.args...), nil
	}
	return b.each(t, func(v model.Value) (cond, error) {
		var c cond
		switch t.Op {
		case model.Equals:
			c = b.glob(expr.sql, v, false)
		case model.Matches, model.Contains:
			text := v.Text
			if t.Op == model.Contains {
				text = "(?is)" + expression(pieces(v))
			}
			if _, err := regexp.Compile(text); err != nil {
				return cond{}, wrong(t.Field, "%q is no regular expression: %v", v.Text, err)
			}
			c = fixed(b.d.Regexp(expr.sql), text)
		default:
			n, ok := parseSize(v.Text)
			if !ok {
				return cond{}, wrong(t.Field, "%q is no number", v.Text)
			}
			c = fixed("try_cast("+expr.sql+" as double)"+compare[t.Op], n)
		}
		return fixed(c.sql, append(append([]any(nil), expr.args...), c.args...)...), nil
	})
}
