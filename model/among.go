package model

// ObjectName is the name of an object.
type ObjectName struct{ Bucket, Key string }
