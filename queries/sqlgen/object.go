package sqlgen

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"trailsift/model"
)

// sourceOf is the object a copy read, as bucket/key: the loader has decoded it.
const sourceOf = "copy_source"

const wholeObject = "(case when key is null then bucket else bucket || '/' || key end)"

// accessPointARN is what stands before the name of an access point that a record has for its bucket.
var accessPointARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3[a-z-]*:[^:]*:[^:]*:accesspoint$`)

var objectARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::`)

// object compares bucket/key, the bucket alone, or the source of a copy.
func (b builder) object(t model.Term) (cond, error) {
	if t.Op == model.Present {
		return fixed("(bucket is not null or copy_source is not null)"), nil
	}
	main, source, err := b.objectOrSource(t)
	return or(main, source), err
}

// objectOrSource is an object term in two: about the object, and about what a copy read.
func (b builder) objectOrSource(t model.Term) (main, source cond, err error) {
	for _, v := range t.Values {
		if !utf8.ValidString(v.Text) {
			return cond{}, cond{}, wrong(t.Field, "%q is not UTF-8 text", v.Text)
		}
	}
	switch {
	case len(t.Values) == 0:
		return cond{}, cond{}, wrong(t.Field, "has no value")
	case t.Op == model.Matches, t.Op == model.Contains:
		main, err = b.whole(func(expr string) (cond, error) { return b.textual(expr, false, t) })
		if err == nil {
			source, err = b.textual(sourceOf, false, t)
		}
	case t.Op == model.Equals:
		main, source = constant(false), constant(false)
		for _, v := range t.Values {
			m, s := b.oneObject(v)
			main, source = or(main, m), or(source, s)
		}
	default:
		return cond{}, cond{}, wrong(t.Field, "has no order; use : or ~")
	}
	return main, and(fixed("copy_source is not null"), source), err
}

func (b builder) oneObject(v model.Value) (main, source cond) {
	v.Text = strings.TrimPrefix(v.Text, "s3://")
	v.Text = v.Text[len(objectARN.FindString(v.Text)):]
	bucket, key, both := cutObject(v)
	source = b.glob(sourceOf, v, false)
	if !both {
		if _, plain := literal(pieces(v)); plain {
			return b.glob("bucket", v, false), or(source, b.glob("split_part("+sourceOf+", '/', 1)", v, false))
		}
		// A pattern whose wildcards may reach over the slash.
		main, _ = b.whole(func(expr string) (cond, error) { return b.glob(expr, v, false), nil })
		return or(b.glob("bucket", v, false), main), source
	}
	if bucket == "" {
		return constant(false), source // no row has an empty name for its bucket
	}
	if key.Text == "" {
		// "bucket/" names the bucket as well as its one object without a name.
		return fixed("bucket = ?", bucket), source
	}
	if name, plain := literal(pieces(key)); plain && b.d.ObjectNumber != nil {
		number := strconv.FormatUint(b.d.ObjectNumber(bucket, name), 10)
		const of, names = "obj64 = cast(? as ubigint)", "bucket = ? and key = ?"
		// No two listed objects share a number, so only the list's one is looked at: of a row, the key
		// costs more to read than all else.
		held, known := false, false
		if b.listed && b.d.Holds != nil {
			held, known = b.d.Holds(bucket, name)
		}
		switch {
		case !b.listed:
			return fixed("("+of+" and "+names+")", number, bucket, name), source
		case !known:
			return fixed("("+of+" and exists (select 1 from "+b.d.Objects+" where "+of+" and "+names+"))", number, number, bucket, name), source
		case !held:
			return constant(false), source
		}
		return fixed("("+of+")", number), source
	}
	return b.under([]model.Value{key}, fixed("bucket = ?", bucket), b.glob("key", key, false)), source
}

// under is the condition that a key is one of keys, which named says, in a bucket as in says. Whole first
// folders are looked for by their numbers.
func (b builder) under(keys []model.Value, in, named cond) cond {
	if top, ok := b.folders(keys); ok {
		return and(in, top)
	}
	return b.among(and(in, named))
}

// mostFolders is how many folders are looked for by their numbers.
const mostFolders = 16

// folders is the condition that a key's first folder is one of keys, which are patterns like folder/*; ok is
// false where one of them is something else, or is not known to have a number of its own.
func (b builder) folders(keys []model.Value) (c cond, ok bool) {
	if b.d.Folder == nil || !b.once || len(keys) == 0 || len(keys) > mostFolders {
		return cond{}, false
	}
	numbers := make([]any, len(keys))
	for i, v := range keys {
		p := pieces(v)
		if shape(p) != "T*" || strings.IndexByte(p[0].text, '/') != len(p[0].text)-1 {
			return cond{}, false
		}
		number, decides := b.d.Folder(p[0].text)
		if !decides {
			return cond{}, false
		}
		numbers[i] = int64(number)
	}
	return oneOf("top16", "cast(? as usmallint)", numbers), true
}

// numbered tells that t names objects of which each is found by its number alone.
func (b builder) numbered(t model.Term) bool {
	for _, v := range t.Values {
		v.Text = strings.TrimPrefix(v.Text, "s3://")
		_, key, both := cutObject(v)
		if _, plain := literal(pieces(key)); !both || !plain || key.Text == "" {
			return false
		}
	}
	return b.listed && t.Op == model.Equals && b.d.ObjectNumber != nil
}

// whole is a condition on bucket/key, or on the bucket where there is no key.
func (b builder) whole(is func(expr string) (cond, error)) (cond, error) {
	if !b.listed {
		return is(wholeObject)
	}
	object, err := is("(nullif(bucket, '') || '/' || key)")
	if err != nil {
		return cond{}, err
	}
	alone, err := is("bucket")
	return or(and(fixed("key is null"), alone), b.among(object)), err
}

// among turns a condition on bucket and key into one on the number of the object, which is decided
// once an object and not once a row.
func (b builder) among(c cond) cond {
	if !b.listed || c.set {
		return c
	}
	return fixed("obj64 in (select obj64 from "+b.d.Objects+" where "+c.sql+")", c.args...)
}

// cutObject takes a value apart at its first slash, if no wildcard stands before it.
func cutObject(v model.Value) (bucket string, key model.Value, ok bool) {
	head, tail, found := strings.Cut(v.Text, "/")
	if found && accessPointARN.MatchString(head) {
		// Such a name has a slash of its own.
		var name string
		name, tail, found = strings.Cut(tail, "/")
		head += "/" + name
	}
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
