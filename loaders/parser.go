package loaders

import (
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
