using System.Text;
using Aldis.Dashboard.Api;
using Aldis.Protocols.Fairness;
using Aldis.Services.Access;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Access;

/// <summary>Stands before every request: asks <see cref="AccessRule"/>, answers what is refused, and says to browsers what a page may do.</summary>
internal sealed class RequestGuard
{
    /// <summary>Bytes of a token that is looked at; longer ones are none.</summary>
    public const int LongestToken = 256;

    private readonly AccessRule _rule;
    private readonly SecretsWatch _secrets;
    private readonly TimeProvider _time;
    private readonly TokenAttempts _attempts;

    /// <summary>Makes it.</summary>
    /// <param name="secrets">Lets in.</param>
    /// <param name="hosts">The names the dashboard has.</param>
    /// <param name="time">The clock of sessions.</param>
    public RequestGuard(SecretsWatch secrets, AllowedHosts hosts, TimeProvider time)
    {
        _secrets = secrets;
        _rule = new AccessRule(hosts);
        _time = time;
        _attempts = new TokenAttempts(time);
    }

    /// <summary>Lets through only who shows a token or a session.</summary>
    /// <param name="next">Answers.</param>
    public RequestDelegate Protect(RequestDelegate next) => context =>
    {
        SetHeaders(context.Response);
        Caller caller = CallerOf(context.Request);
        if (caller.Bearer is not null && !_attempts.MayTry(NetworkOf(context)))
        {
            return RefuseAttemptAsync(context);
        }

        return AnswerAsync(context, _rule.Decide(caller, _secrets.Current, _time.GetUtcNow()), next);
    };

    /// <summary>Whether a request that was let through would be now: an answer that goes on ends when its session does.</summary>
    /// <param name="context">The request.</param>
    public bool IsAllowedStill(HttpContext context) =>
        _rule.Decide(CallerOf(context.Request), _secrets.Current, _time.GetUtcNow()) == AccessVerdict.Allowed;

    /// <summary>Lets through whoever asks for a name of the dashboard: what follows has no data.</summary>
    /// <param name="next">Answers.</param>
    public RequestDelegate Open(RequestDelegate next) => context =>
    {
        SetHeaders(context.Response);
        return AnswerAsync(context, _rule.DecideOnPage(CallerOf(context.Request)), next);
    };

    /// <summary>Begins a session for who sends the token as the body.</summary>
    /// <param name="context">The request.</param>
    public async Task BeginSessionAsync(HttpContext context)
    {
        SetHeaders(context.Response);
        if (!_attempts.MayTry(NetworkOf(context)))
        {
            await RefuseAttemptAsync(context).ConfigureAwait(false);
            return;
        }

        string token;
        try
        {
            token = await ReadTokenAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // What follows the header is no body, or broke off in the middle.
            context.Response.StatusCode = (exception as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
            return;
        }

        await AnswerAsync(context, _rule.DecideOnSession(CallerOf(context.Request), token, _secrets.Current), answer =>
        {
            answer.Response.Cookies.Append(
                CookieOf(answer.Request),
                SessionCookie.Sign(_secrets.Current.SessionKey, _time.GetUtcNow()),
                new CookieOptions
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Strict,
                    Secure = answer.Request.IsHttps,
                    MaxAge = SessionCookie.Lifetime,
                    Path = PathOf(answer.Request),
                });
            answer.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }).ConfigureAwait(false);
    }

    /// <summary>Takes the session's cookie back.</summary>
    /// <param name="context">The request, of who has a session.</param>
    public static Task EndSessionAsync(HttpContext context)
    {
        context.Response.Cookies.Delete(CookieOf(context.Request), new CookieOptions { Path = PathOf(context.Request) });
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static NetworkKey NetworkOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? PeerNetwork.Of(address) : NetworkKey.OfLocalUser(0);

    private static async Task<string> ReadTokenAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        byte[] body = new byte[LongestToken + 1];
        int length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(body, 0, length).TrimEnd('\r', '\n');
    }

    private static Caller CallerOf(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string? authorization = request.Headers.Authorization;
        string? bearer = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..].Trim()
            : null;
        return new Caller(
            request.Host.Value,
            request.Headers.Origin,
            request.Headers["Sec-Fetch-Site"],
            bearer,
            request.Cookies[CookieOf(request)],
            request.Scheme);
    }

    private static string CookieOf(HttpRequest request) => SessionCookie.NameOf(request.HttpContext.Connection.LocalPort);

    private static string PathOf(HttpRequest request) => request.PathBase.HasValue ? request.PathBase.Value! : "/";

    private static void SetHeaders(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-store";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }

    private Task AnswerAsync(HttpContext context, AccessVerdict verdict, RequestDelegate next)
    {
        switch (verdict)
        {
            case AccessVerdict.Allowed:
                return next(context);
            case AccessVerdict.UnknownHost:
                return ApiAnswer.RefuseAsync(
                    context,
                    StatusCodes.Status421MisdirectedRequest,
                    "This dashboard is not called by that name: use the address of the line DASHBOARD, or allow the name.");
            case AccessVerdict.OtherOrigin:
                return ApiAnswer.RefuseAsync(
                    context, StatusCodes.Status403Forbidden, "Another page made this request: only the dashboard's own pages and programs may.");
            case AccessVerdict.WrongToken:
                _attempts.Count(NetworkOf(context));
                context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                return ApiAnswer.RefuseAsync(
                    context, StatusCodes.Status401Unauthorized, "The token is not the one of this server: 'aldis dashboard --data DIR' prints the link.");
            default:
                context.Response.Headers.WWWAuthenticate = "Bearer";
                return ApiAnswer.RefuseAsync(
                    context,
                    StatusCodes.Status401Unauthorized,
                    "No session and no token: open the link that the server printed, or send 'Authorization: Bearer TOKEN'.");
        }
    }

    private static Task RefuseAttemptAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "6";
        return ApiAnswer.RefuseAsync(
            context, StatusCodes.Status429TooManyRequests, "Too many wrong tokens came from this address: wait a few seconds.");
    }
}
