package loaders

import (
	"trailsift/loaders/accesslog"
	"trailsift/loaders/cloudtrail"
	"trailsift/model"
)

// parser reads the records of one member after the other; loaders/cloudtrail and loaders/accesslog
// each are one behind an adapter. Records go to the function it was made with.
type parser interface {
	Begin()
	// Feed gives it the content that follows what it has consumed; it says how much of it is done
	// with. With last, nothing follows.
	Feed(window []byte, last bool) (consumed int, err error)
	Outcome() outcome
}

// outcome is what a parser says of a member after the last Feed.
type outcome struct {
	Kind           model.MemberKind
	Form, Reason   string
	Delivered      bool
	Seen, Rejected int64
	First, Last    int64
	Flags          model.Flags
}

// recogniser knows a log by the first bytes of its content, and makes its parser.
type recogniser struct {
	recognise func(head []byte) bool
	parser    func(emit func([]model.Record) error, reject func(model.Reject)) parser
}

// known lists the logs we read. The access log is asked first: its lines cannot be mistaken.
func (l *load) known() []recogniser {
	if l.req.parsers != nil {
		return l.req.parsers
	}
	return []recogniser{{
		recognise: accesslog.Recognise,
		parser: func(emit func([]model.Record) error, reject func(model.Reject)) parser {
			return accessParser{accesslog.NewParser(accesslog.Limits{}, emit, reject)}
		},
	}, {
		recognise: cloudtrail.Recognise,
		parser: func(emit func([]model.Record) error, reject func(model.Reject)) parser {
			return eventParser{cloudtrail.NewParser(cloudtrail.Limits{}, emit, reject)}
		},
	}}
}

// eventParser makes cloudtrail.Parser a parser.
type eventParser struct{ *cloudtrail.Parser }

func (p eventParser) Outcome() outcome {
	r := p.Result()
	return outcome{
		Kind: r.Kind, Form: r.Form, Reason: r.Reason, Delivered: r.Delivered, Seen: r.Seen, Rejected: r.Rejected,
		First: r.First, Last: r.Last, Flags: r.Flags,
	}
}

// accessParser makes accesslog.Parser a parser. Lines are always as S3 delivers them.
type accessParser struct{ *accesslog.Parser }

func (p accessParser) Outcome() outcome {
	r := p.Result()
	return outcome{
		Kind: model.KindAccess, Form: r.Form, Delivered: true, Seen: r.Seen, Rejected: r.Rejected,
		First: r.First, Last: r.Last, Flags: r.Flags,
	}
}
