package model

import "testing"

func TestAVersionStandsInTheLocatorAndNotInThePlace(t *testing.T) {
	for version, key := range map[string]string{
		"3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo": "AWSLogs/1/a.json.gz",
		"null": "a b?versionId", "%": "k?versionId=x/y", "a#2": "k",
	} {
		m := Member{Locator: VersionLocator("s3://bucket/"+key, version)}
		if m.Version() != version || m.Place() != "bucket/"+key {
			t.Errorf("%s: version %q of %q", m.Locator, m.Version(), m.Place())
		}
	}
	for locator, place := range map[string]string{
		"s3://bucket/k": "bucket/k", "s3://bucket/k?versionId=": "bucket/k?versionId=", "s3://bucket/k?versionId=a/b": "bucket/k?versionId=a/b",
		"s3://bucket/k?versionId=%zz": "bucket/k?versionId=%zz",
	} {
		if m := (Member{Locator: locator}); m.Version() != "" || m.Place() != place {
			t.Errorf("%s: version %q of %q", locator, m.Version(), m.Place())
		}
	}
	if m := (Member{Locator: "/evidence/k?versionId=x", Name: "k?versionId=x"}); m.Version() != "" || m.Place() != "k?versionId=x" {
		t.Errorf("a file is taken for a version: %q of %q", m.Version(), m.Place())
	}
}
