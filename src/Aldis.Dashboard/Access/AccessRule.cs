namespace Aldis.Dashboard.Access;

/// <summary>Decides what a request may have, from what it says of itself and nothing else.</summary>
/// <param name="hosts">The names the dashboard has.</param>
internal sealed class AccessRule(AllowedHosts hosts)
{
    /// <summary>Decides on a request for data.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="secrets">Lets in.</param>
    /// <param name="now">The time.</param>
    public AccessVerdict Decide(in Caller caller, AccessSecrets secrets, DateTimeOffset now)
    {
        if (!hosts.Contains(caller.Host))
        {
            return AccessVerdict.UnknownHost;
        }

        if (caller.IsOtherOrigin)
        {
            return AccessVerdict.OtherOrigin;
        }

        if (caller.Bearer is { } token)
        {
            return secrets.IsToken(token) ? AccessVerdict.Allowed : AccessVerdict.WrongToken;
        }

        return caller.Session is { } session && caller.IsSameOrigin && SessionCookie.IsValid(session, secrets.SessionKey, now)
            ? AccessVerdict.Allowed
            : AccessVerdict.Unknown;
    }

    /// <summary>Decides on a request for what has no data in it: a page, or what belongs to one.</summary>
    /// <param name="caller">Who asks.</param>
    public AccessVerdict DecideOnPage(in Caller caller) =>
        hosts.Contains(caller.Host) ? AccessVerdict.Allowed : AccessVerdict.UnknownHost;

    /// <summary>Decides on a request to begin a session with a token.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="token">What was sent as the token.</param>
    /// <param name="secrets">Lets in.</param>
    public AccessVerdict DecideOnSession(in Caller caller, string token, AccessSecrets secrets) =>
        !hosts.Contains(caller.Host) ? AccessVerdict.UnknownHost
        : !caller.IsSameOrigin ? AccessVerdict.OtherOrigin
        : secrets.IsToken(token) ? AccessVerdict.Allowed
        : AccessVerdict.WrongToken;
}
