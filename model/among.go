package model

// ObjectName is the name of an object.
type ObjectName struct{ Bucket, Key string }

// ObjectVersion is a version of an object as a request names it; empty where it names none.
type ObjectVersion struct {
	ObjectName
	Version string
}
