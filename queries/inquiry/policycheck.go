package inquiry

import (
	"cmp"
	"context"
	"slices"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
	"trailsift/queries/policy"
)

// keptWrites bounds how many broken writes of a rule a report names one by one; the filter lists all.
const keptWrites = 10_000

// Broken is a write that broke a rule.
type Broken struct {
	answer.Event
	Why string `json:"why"`
}

// ActorCount is how many writes an actor made.
type ActorCount struct {
	Actor string `json:"actor"`
	Count int64  `json:"count"`
}

// Replay is what a draft would have done to the writes of the evidence.
type Replay struct {
	Writes      int64        `json:"writes"` // successful ones under the rule, whatever their time
	Denied      int64        `json:"denied"`
	ByBreakers  int64        `json:"denied_of_breakers"` // of the actors whose writes broke the rule
	ByOthers    int64        `json:"denied_of_others"`
	CannotTell  int64        `json:"cannot_tell"` // the evidence does not tell their headers
	OtherActors []ActorCount `json:"other_actors"`
}

// RuleReport is what the evidence says of one rule.
type RuleReport struct {
	Rule       policy.Rule        `json:"rule"`
	Allowed    int64              `json:"allowed"`
	Broken     int64              `json:"broken"`
	CannotTell int64              `json:"cannot_tell"`
	NotJudged  int64              `json:"not_judged"` // before the rule's time
	Alarm      bool               `json:"alarm"`
	Writes     []Broken           `json:"writes"`
	Filter     string             `json:"filter"` // lists the writes under the rule; a rule before it may judge some of them
	Draft      []policy.Statement `json:"draft"`
	Refused    string             `json:"draft_refused,omitempty"`
	Replay     *Replay            `json:"replay,omitempty"`

	breakers map[string]bool
}

// PolicyReport is what the evidence says of a policy.
type PolicyReport struct {
	Rules   []RuleReport `json:"rules"`
	Alarms  int          `json:"alarms"`
	NoRule  int64        `json:"no_rule"` // writes under no rule
	Writes  int64        `json:"writes"`
	Caution []string     `json:"caution"`
}

// cautions stand beside every draft.
var cautions = []string{
	"DRAFT: read it and try it on a bucket that nobody depends on before it is put anywhere",
	"conditions see the headers of a request; they neither see nor change the bucket's default encryption",
	"parts of multipart uploads are authorised as s3:PutObject too: try an upload in parts",
	"UpdateObjectEncryption re-encrypts without s3:PutObject; these statements do not stop it",
	"the replay judges KMS keys by the key the write got, since the record may not tell the one its header named",
}

// CheckPolicy judges the successful object-creating writes that f keeps, and drafts for each rule the
// statements that would have kept them, with what these would have done. told are log buckets that are
// known from elsewhere, with how.
func CheckPolicy(ctx context.Context, s DeliverySource, f model.Filter, p policy.Policy, told map[string]string) (PolicyReport, error) {
	out := PolicyReport{Rules: make([]RuleReport, len(p.Rules)), Caution: cautions}
	logs, err := everyLogBucket(ctx, s, p, told)
	if err != nil {
		return out, err
	}
	for i := range p.Rules {
		r := &out.Rules[i]
		r.Rule, r.breakers, r.Writes = p.Rules[i], map[string]bool{}, []Broken{}
		r.Filter = printed(f, underRule(p.Rules[i])...)
		how, isLog := logs[p.Rules[i].Bucket]
		if r.Draft, err = p.Rules[i].Draft(isLog); err != nil {
			r.Refused = err.Error()
			if isLog {
				r.Refused += "; " + how
			}
		} else {
			r.Replay = &Replay{OtherActors: []ActorCount{}}
		}
	}
	if err := out.judge(ctx, s, f, p); err != nil {
		return out, err
	}
	if err := out.replay(ctx, s, f, p); err != nil {
		return out, err
	}
	for i := range out.Rules {
		r := &out.Rules[i]
		if r.Alarm = r.Broken > r.Rule.Threshold; r.Alarm {
			out.Alarms++
		}
	}
	return out, nil
}

// underRule keeps the writes that a rule is about.
func underRule(r policy.Rule) []model.Term {
	terms := []model.Term{has(model.FieldEnc), isNot(model.FieldEnc, model.EncNA.String(), model.EncNotWritten.String())}
	if r.Bucket != "*" {
		terms = append(terms, model.Term{Field: model.FieldBucket, Values: []model.Value{{Text: r.Bucket, Glob: true}}})
	}
	if r.Prefix != "" {
		terms = append(terms, filter.BeginsWith(model.FieldKey, r.Prefix))
	}
	if t := r.SinceTime(); !t.IsZero() {
		terms = append(terms, is(model.FieldSince, t.Format("2006-01-02T15:04:05Z")))
	}
	return terms
}

func (out *PolicyReport) judge(ctx context.Context, s Source, f model.Filter, p policy.Policy) error {
	q := creating(f).With(isNot(model.FieldEnc, model.EncNotWritten.String()))
	return rows(ctx, s, model.Query{Filter: q}, nil, func(r row) error {
		out.Writes++
		rule, verdict, why := p.Judge(writeOf(r))
		if rule < 0 {
			out.NoRule++
			return nil
		}
		report := &out.Rules[rule]
		switch verdict {
		case policy.Allowed:
			report.Allowed++
		case policy.CannotTell:
			report.CannotTell++
		case policy.NotJudged:
			report.NotJudged++
		case policy.Broken:
			report.Broken++
			report.breakers[r.text(model.FieldActor)] = true
			if len(report.Writes) < keptWrites {
				report.Writes = append(report.Writes, Broken{r.event(), why})
			}
		}
		return nil
	})
}

func writeOf(r row) policy.Write {
	return policy.Write{Bucket: r.text(model.FieldBucket), Key: r.text(model.FieldKey), Time: r.time(), KMSKey: r.text(model.FieldKMSKey),
		Enc: encOf(r.text(model.FieldEnc)), EncReq: model.EncReq(1 + slices.Index(model.EncReqNames, r.text(model.FieldEncReq)))}
}

func encOf(name string) model.Enc { return model.Enc(1 + slices.Index(model.EncNames, name)) }

// replay runs the drafts over the writes. UpdateObjectEncryption is no s3:PutObject.
func (out *PolicyReport) replay(ctx context.Context, s Source, f model.Filter, p policy.Policy) error {
	q := query(creating(f), isNot(model.FieldEnc, model.EncNotWritten.String()), isNot(model.FieldOp, "UpdateObjectEncryption"))
	others := make([]map[string]int64, len(out.Rules))
	fields := []model.Field{model.FieldBucket, model.FieldKey, model.FieldEncReq, model.FieldKMSKey, model.FieldActor}
	err := s.Stream(ctx, q, fields, 0, func(m model.Row) error {
		r := row{fields, m.Values}
		w := writeOf(r)
		for i := range out.Rules {
			report := &out.Rules[i]
			if report.Replay == nil {
				continue
			}
			verdict := p.Rules[i].Denies(report.Draft, w)
			if verdict == policy.NotJudged {
				continue
			}
			report.Replay.Writes++
			switch actor := r.text(model.FieldActor); {
			case verdict == policy.CannotTell:
				report.Replay.CannotTell++
			case verdict != policy.Broken:
			case report.breakers[actor]:
				report.Replay.Denied++
				report.Replay.ByBreakers++
			default:
				report.Replay.Denied++
				report.Replay.ByOthers++
				if others[i] == nil {
					others[i] = map[string]int64{}
				}
				others[i][actor]++
			}
		}
		return nil
	})
	for i, actors := range others {
		for a, n := range actors {
			out.Rules[i].Replay.OtherActors = append(out.Rules[i].Replay.OtherActors, ActorCount{a, n})
		}
		if actors != nil {
			slices.SortFunc(out.Rules[i].Replay.OtherActors, func(a, b ActorCount) int {
				return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Actor, b.Actor))
			})
		}
	}
	return err
}

// walk visits every member of a JSON value, arrays' too.
func walk(v any, visit func(name string, v any)) {
	switch x := v.(type) {
	case map[string]any:
		for name, member := range x {
			visit(name, member)
			walk(member, visit)
		}
	case []any:
		for _, member := range x {
			walk(member, visit)
		}
	}
}
