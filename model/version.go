package model

import (
	"net/url"
	"strings"
)

// versionMark stands in the locator of an older version of an object before its escaped id. A key that
// ends in such a text is taken for a version too: CloudTrail writes none.
const versionMark = "?versionId="

// VersionLocator is the locator of an older version of the object at locator.
func VersionLocator(locator, version string) string {
	return locator + versionMark + url.QueryEscape(version)
}

// cutVersion takes the version off the locator of an object, or off its bucket and key.
func cutVersion(s string) (object, version string) {
	i := strings.LastIndex(s, versionMark)
	if i < 0 {
		return s, ""
	}
	version, err := url.QueryUnescape(s[i+len(versionMark):])
	if err != nil || version == "" || strings.Contains(s[i:], "/") {
		return s, ""
	}
	return s[:i], version
}

// Version is the id of the older version of an object that m is; empty for what a key holds now and
// for everything that is no object. Foreign text.
func (m *Member) Version() string {
	if !strings.HasPrefix(m.Locator, "s3://") {
		return ""
	}
	_, version := cutVersion(m.Locator)
	return version
}
