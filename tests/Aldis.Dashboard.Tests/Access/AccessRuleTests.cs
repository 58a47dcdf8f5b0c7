using Aldis.Dashboard.Access;

namespace Aldis.Dashboard.Tests.Access;

/// <summary>Who may see what, from what a request says of itself.</summary>
public sealed class AccessRuleTests
{
    private const string Host = "127.0.0.1:8080";
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Key = new byte[AccessSecrets.SecretBytes];
    private static readonly AccessSecrets Secrets = new("the-token-of-this-server-0123456789", Key);
    private static readonly AccessRule Rule = new(new AllowedHosts(["aldis.example"], anyAddress: false));

    [Theory]
    [InlineData("the-token-of-this-server-0123456789", nameof(AccessVerdict.Allowed))]
    [InlineData("the-token-of-this-server-012345678", nameof(AccessVerdict.WrongToken))]
    [InlineData("the-token-of-this-server-01234567890", nameof(AccessVerdict.WrongToken))]
    [InlineData("", nameof(AccessVerdict.WrongToken))]
    [InlineData(null, nameof(AccessVerdict.Unknown))]
    public void A_program_shows_the_token_and_nothing_like_it(string? bearer, string verdict) =>
        Assert.Equal(verdict, Decide(new Caller(Host, null, null, bearer, null, "http")));

    [Theory]
    [InlineData("same-origin", null, nameof(AccessVerdict.Allowed))]
    [InlineData(null, "http://127.0.0.1:8080", nameof(AccessVerdict.Allowed))]
    [InlineData("same-origin", "http://127.0.0.1:8080", nameof(AccessVerdict.Allowed))]
    [InlineData(null, null, nameof(AccessVerdict.Unknown))]
    [InlineData("none", null, nameof(AccessVerdict.Unknown))]
    [InlineData("cross-site", null, nameof(AccessVerdict.OtherOrigin))]
    [InlineData("same-site", null, nameof(AccessVerdict.OtherOrigin))]
    [InlineData(null, "http://127.0.0.1:8081", nameof(AccessVerdict.OtherOrigin))]
    [InlineData(null, "https://127.0.0.1:8080", nameof(AccessVerdict.OtherOrigin))]
    [InlineData(null, "null", nameof(AccessVerdict.OtherOrigin))]
    [InlineData("same-origin", "http://evil.example", nameof(AccessVerdict.OtherOrigin))]
    public void A_session_counts_for_the_dashboards_own_pages_alone(string? fetchSite, string? origin, string verdict) =>
        Assert.Equal(verdict, Decide(new Caller(Host, origin, fetchSite, null, SessionCookie.Sign(Secrets.SessionKey, Now), "http")));

    [Theory]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("localhost:8080", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("aldis.example:8080", true)]
    [InlineData("evil.example:8080", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.0.2.1:8080", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("[", false)]
    public void A_name_that_somebody_else_let_lead_here_is_refused_whatever_the_request_shows(string? host, bool isKnown)
    {
        AccessVerdict verdict = isKnown ? AccessVerdict.Allowed : AccessVerdict.UnknownHost;
        var caller = new Caller(host, null, null, Secrets.Token, null, "http");
        Assert.Equal(verdict, Rule.Decide(caller, Secrets, Now));
        Assert.Equal(verdict, Rule.DecideOnPage(caller));
    }

    [Fact]
    public void A_dashboard_for_other_machines_is_asked_for_by_any_address_and_by_no_other_name()
    {
        var hosts = new AllowedHosts([], anyAddress: true);
        Assert.True(hosts.Contains("192.0.2.1:8443"));
        Assert.True(hosts.Contains("[2001:db8::1]:8443"));
        Assert.False(hosts.Contains("evil.example:8443"));
    }

    [Theory]
    [InlineData("same-origin", null, true)]
    [InlineData(null, "http://127.0.0.1:8080", true)]
    [InlineData("cross-site", null, false)]
    [InlineData(null, "http://evil.example", false)]
    [InlineData(null, null, false)]
    public void A_session_is_begun_from_the_dashboards_own_page_alone(string? fetchSite, string? origin, bool isBegun)
    {
        var caller = new Caller(Host, origin, fetchSite, null, null, "http");
        Assert.Equal(isBegun ? AccessVerdict.Allowed : AccessVerdict.OtherOrigin, Rule.DecideOnSession(caller, Secrets.Token, Secrets));
        Assert.NotEqual(AccessVerdict.Allowed, Rule.DecideOnSession(caller, "x", Secrets));
    }

    private static string Decide(in Caller caller) => Rule.Decide(caller, Secrets, Now).ToString();
}
