package sqlgen

import (
	"regexp"
	"strconv"
	"strings"

	"trailsift/model"
)

// sourceOf is the object a copy read, as bucket/key: the header may begin with a slash, be
// percent-encoded and name a version (CopyObject, x-amz-copy-source).
func (d Dialect) sourceOf() string {
	return d.Decode("split_part(ltrim(copy_source, '/'), '?versionId=', 1)")
}

const wholeObject = "(case when key is null then bucket else bucket || '/' || key end)"

var objectARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::`)

// object compares bucket/key, the bucket alone, or the source of a copy.
func (b builder) object(t model.Term) (cond, error) {
	switch t.Op {
	case model.Present:
		return fixed("(bucket is not null or copy_source is not null)"), nil
	case model.Matches, model.Contains:
		whole, err := b.textual(wholeObject, false, t)
		if err != nil {
			return cond{}, err
		}
		source, err := b.textual(b.d.sourceOf(), false, t)
		return or(whole, source), err
	case model.Equals:
		return b.each(t, func(v model.Value) (cond, error) { return b.oneObject(v), nil })
	}
	return cond{}, wrong(t.Field, "has no order; use : or ~")
}

func (b builder) oneObject(v model.Value) cond {
	v.Text = strings.TrimPrefix(v.Text, "s3://")
	v.Text = v.Text[len(objectARN.FindString(v.Text)):]
	bucket, key, both := cutObject(v)
	source := b.glob(b.d.sourceOf(), v, false)
	if !both {
		// A bucket, or a pattern whose wildcards may reach over the slash.
		c := b.glob("bucket", v, false)
		if _, plain := literal(pieces(v)); !plain {
			c = or(c, b.glob(wholeObject, v, false))
		} else {
			source = or(source, b.glob("split_part("+b.d.sourceOf()+", '/', 1)", v, false))
		}
		return or(c, source)
	}
	if key.Text == "" {
		// "bucket/" names the bucket as well as its one object without a name.
		return or(fixed("bucket = ?", bucket), source)
	}
	if name, plain := literal(pieces(key)); plain && b.d.ObjectNumber != nil {
		return b.byNumber(bucket, name, source)
	}
	return or(and(fixed("bucket = ?", bucket), b.glob("key", key, false)), source)
}

// byNumber finds an object by its number, which is narrow to read, and copies from it apart: one
// condition for both would have every key read. Two objects may share a number, so the names are
// compared too.
func (b builder) byNumber(bucket, key string, source cond) cond {
	table := tables[b.log]
	args := []any{strconv.FormatUint(b.d.ObjectNumber(bucket, key), 10), bucket, key}
	return fixed("rowid in (select rowid from "+table+" where obj64 = cast(? as ubigint) and bucket = ? and key = ?"+
		" union all select rowid from "+table+" where copy_source is not null and "+source.sql+")", append(args, source.args...)...)
}

// cutObject takes a value apart at its first slash, if no wildcard stands before it.
func cutObject(v model.Value) (bucket string, key model.Value, ok bool) {
	head, tail, found := strings.Cut(v.Text, "/")
	if !found {
		return "", model.Value{}, false
	}
	name, plain := literal(pieces(model.Value{Text: head, Glob: v.Glob}))
	return name, model.Value{Text: tail, Glob: v.Glob}, plain
}

// Buckets are the buckets that the values of a term on bucket or object name outright.
func Buckets(t model.Term) []string {
	var out []string
	for _, v := range t.Values {
		if t.Field == model.FieldObject {
			v.Text = strings.TrimPrefix(v.Text, "s3://")
			v.Text = v.Text[len(objectARN.FindString(v.Text)):]
			if bucket, _, ok := cutObject(v); ok {
				out = append(out, bucket)
				continue
			}
		}
		if name, ok := literal(pieces(v)); ok {
			out = append(out, name)
		}
	}
	return out
}
