package activity

import "time"

// Actor is who made a request, as both logs name them.
type Actor struct {
	Type        string // CloudTrail userIdentity.type
	Account     string
	PrincipalID string
	ARN         string
	AccessKey   string
	UserName    string
	InvokedBy   string // an AWS service, in place of a person
	Issuer      *Issuer
	Created     time.Time // when the session was made; zero for long-lived keys
	MFA         bool
	Console     bool   // credentials of a console session
	EC2Delivery string // ec2RoleDelivery: the credentials came from an instance profile
}

// Issuer is the role behind a session.
type Issuer struct{ PrincipalID, ARN, Account, Name string }

// Anonymous is a caller without credentials.
var Anonymous = &Actor{Type: "AWSAccount", Account: "anonymous"}

// User is an IAM user with a long-lived access key.
func User(account, name, principal, key string) *Actor {
	return &Actor{
		Type: "IAMUser", Account: account, PrincipalID: principal, AccessKey: key, UserName: name,
		ARN: "arn:aws:iam::" + account + ":user/" + name,
	}
}

// Service is an AWS service that acts on somebody's behalf.
func Service(name string) *Actor { return &Actor{Type: "AWSService", InvokedBy: name} }

// Session is an assumed role.
func Session(account, role, roleID, session, key string, created time.Time) *Actor {
	return &Actor{
		Type: "AssumedRole", Account: account, PrincipalID: roleID + ":" + session, AccessKey: key, Created: created,
		ARN:    "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + session,
		Issuer: &Issuer{PrincipalID: roleID, ARN: "arn:aws:iam::" + account + ":role/" + role, Account: account, Name: role},
	}
}

// Stranger is how the owner of a bucket sees a caller of another account: by number only.
func (a Actor) Stranger() *Actor {
	return &Actor{Type: "AWSAccount", Account: a.Account, PrincipalID: a.PrincipalID, ARN: a.ARN}
}

func (a *Actor) identity() Object {
	switch a.Type {
	case "AWSService":
		return Object{{"type", a.Type}, {"invokedBy", a.InvokedBy}}
	case "AWSAccount":
		return Object{{"type", a.Type}, {"principalId", a.PrincipalID}, {"accountId", a.Account}}
	}
	o := Object{{"type", a.Type}, {"principalId", a.PrincipalID}, {"arn", a.ARN}, {"accountId", a.Account}}
	if a.AccessKey != "" {
		o = append(o, Member{"accessKeyId", a.AccessKey})
	}
	if a.UserName != "" {
		o = append(o, Member{"userName", a.UserName})
	}
	if a.Created.IsZero() {
		return o
	}
	issuer := Object{}
	if i := a.Issuer; i != nil {
		issuer = Object{{"type", "Role"}, {"principalId", i.PrincipalID}, {"arn", i.ARN}, {"accountId", i.Account}, {"userName", i.Name}}
	}
	mfa := "false"
	if a.MFA {
		mfa = "true"
	}
	context := Object{
		{"sessionIssuer", issuer},
		{"attributes", Object{{"creationDate", Stamp(a.Created)}, {"mfaAuthenticated", mfa}}},
	}
	if a.EC2Delivery != "" {
		context = append(context, Member{"ec2RoleDelivery", a.EC2Delivery})
	}
	return append(o, Member{"sessionContext", context})
}

// requester is the access log's name for a.
func (a *Actor) requester() string {
	switch {
	case a == Anonymous:
		return "-"
	case a.InvokedBy != "":
		return "svc:" + a.InvokedBy
	}
	return a.ARN
}

// Stamp is t as CloudTrail writes times.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
