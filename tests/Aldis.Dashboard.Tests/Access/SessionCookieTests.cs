using Aldis.Dashboard.Access;

namespace Aldis.Dashboard.Tests.Access;

/// <summary>Sessions that the server does not keep.</summary>
public sealed class SessionCookieTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Key = [.. Enumerable.Range(0, AccessSecrets.SecretBytes).Select(static value => (byte)value)];

    [Fact]
    public void A_session_lasts_its_time_and_no_longer()
    {
        string session = SessionCookie.Sign(Key, Now);
        Assert.True(SessionCookie.IsValid(session, Key, Now + SessionCookie.Lifetime - TimeSpan.FromSeconds(1)));
        Assert.False(SessionCookie.IsValid(session, Key, Now + SessionCookie.Lifetime));
    }

    [Fact]
    public void A_session_that_was_changed_anywhere_is_none()
    {
        string session = SessionCookie.Sign(Key, Now);
        for (int index = 0; index < session.Length; index++)
        {
            char other = session[index] == 'A' ? 'B' : 'A';
            string changed = string.Concat(session.AsSpan(0, index), [other], session.AsSpan(index + 1));
            Assert.False(SessionCookie.IsValid(changed, Key, Now), $"letter {index}");
        }

        Assert.False(SessionCookie.IsValid(string.Empty, Key, Now));
        Assert.False(SessionCookie.IsValid(session + "A", Key, Now));
        Assert.False(SessionCookie.IsValid(session[..^1], Key, Now));
        Assert.False(SessionCookie.IsValid(new string('=', session.Length), Key, Now));
    }

    [Fact]
    public void No_two_sessions_are_the_same() => Assert.NotEqual(SessionCookie.Sign(Key, Now), SessionCookie.Sign(Key, Now));

    [Fact]
    public void A_new_token_ends_every_session_and_a_restart_none()
    {
        var before = new AccessSecrets(AccessSecrets.NewToken(), Key);
        string session = SessionCookie.Sign(before.SessionKey, Now);
        Assert.True(SessionCookie.IsValid(session, new AccessSecrets(before.Token, Key).SessionKey, Now));
        Assert.False(SessionCookie.IsValid(session, new AccessSecrets(AccessSecrets.NewToken(), Key).SessionKey, Now));
    }
}
