package sqlgen

import (
	"fmt"

	"trailsift/model"
	"trailsift/model/filter"
)

// relations are the relations between columns, as CloudTrail's table has them. Accounts that are not
// told, and names that stand in place of one (anonymous), make no relation. Who owns a bucket is told
// by the record's resources; a key's account stands in its ARN.
func (b builder) relations() map[string]string {
	return map[string]string{
		"self-copy":       "(key is not null and copy_source is not null and " + sourceOf + " = bucket || '/' || key)",
		"foreign-caller":  "(length(actor_account) = 12 and length(bucket_account) = 12 and actor_account <> bucket_account)",
		"foreign-bucket":  "(length(account) = 12 and length(bucket_account) = 12 and account <> bucket_account)",
		"foreign-kms-key": "(length(split_part(kms_key, ':', 5)) = 12 and length(coalesce(bucket_account, account)) = 12 and split_part(kms_key, ':', 5) <> coalesce(bucket_account, account))",
	}
}

// relation keeps the rows with one of the relations that t names.
func (b builder) relation(t model.Term) (cond, error) {
	if t.Op != model.Equals {
		return cond{}, wrong(t.Field, "takes the names of relations only")
	}
	codes, err := enumCodes(t.Field, model.RelationNames, t)
	if err != nil {
		return cond{}, err
	}
	known, out := b.relations(), constant(false)
	for _, code := range codes {
		// The access log names owners by another kind of id than callers.
		if name := model.RelationNames[code-1]; b.log == model.CloudTrail || name == "self-copy" {
			out = or(out, fixed(known[name]))
		}
	}
	return out, nil
}

// hours keeps the rows whose time lies in the hours of the day that v names.
func (b builder) hours(v model.Value) (cond, error) {
	h, ok := filter.ParseHours(v)
	if !ok {
		return cond{}, wrong(model.FieldHour, "%q are no hours; they are written 8-18, 22-6 or 8-18+01:00", v.Text)
	}
	hour := fmt.Sprintf("hour(time + to_minutes(%d))", h.East)
	if h.From < h.To {
		return fixed("(time is not null and "+hour+" >= ? and "+hour+" < ?)", int64(h.From), int64(h.To)), nil
	}
	return fixed("(time is not null and ("+hour+" >= ? or "+hour+" < ?))", int64(h.From), int64(h.To)), nil
}
