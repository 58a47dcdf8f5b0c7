using Aldis.Protocols.Access;
using Aldis.Services.Access;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>What changes something; where the dashboard only shows, each of them is refused.</summary>
/// <param name="isAllowed">Whether something may be changed.</param>
/// <param name="server">The server.</param>
/// <param name="tokens">Its tokens; null where it asks for none.</param>
internal sealed class ControlApi(bool isAllowed, ConversationServer server, TokenPolicy? tokens)
{
    /// <summary>Ends a connection; its client may come back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">The number of the connection.</param>
    public Task DisconnectAsync(HttpContext context, long number)
    {
        if (!isAllowed)
        {
            return RefuseAsync(context);
        }

        if (server.Registry.Get(number) is not { } connection)
        {
            return ConnectionsApi.RefuseAsync(context);
        }

        connection.Disconnect(By(context));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    /// <summary>Takes a token back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">What it is called.</param>
    public Task RevokeAsync(HttpContext context, string name) => ChangeAsync(context, name, static (policy, token, by) => policy.Revoke(token, by));

    /// <summary>Gives a token back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">What it is called.</param>
    public Task RestoreAsync(HttpContext context, string name) => ChangeAsync(context, name, static (policy, token, by) => policy.Restore(token, by));

    /// <summary>Answers that no token is asked for.</summary>
    /// <param name="context">The request.</param>
    public static Task RefuseTokensAsync(HttpContext context) => ApiAnswer.RefuseAsync(
        context, StatusCodes.Status404NotFound, "This server asks for no tokens: 'aldis serve --tokens FILE' does.");

    private static Task RefuseAsync(HttpContext context) => ApiAnswer.RefuseAsync(
        context,
        StatusCodes.Status403Forbidden,
        "This dashboard only shows, and changes nothing: start the server with --dashboard-control to let it.");

    private static string By(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => "a program of this machine",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        { } address => address.ToString(),
    };

    private Task ChangeAsync(HttpContext context, string name, Action<TokenPolicy, TokenEntry, string> change)
    {
        if (!isAllowed)
        {
            return RefuseAsync(context);
        }

        if (tokens is null)
        {
            return RefuseTokensAsync(context);
        }

        if (tokens.Tokens.Entries.FirstOrDefault(one => one.Name == name) is not { } token)
        {
            return ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "No token of the server's file has this name.");
        }

        try
        {
            change(tokens, token, By(context));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ApiAnswer.RefuseAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                $"The token counts as before: {TokenRevocations.FileName} of the data directory cannot be written ({exception.Message.TrimEnd('.')}).");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
