using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>How requests are read and answered.</summary>
internal static class ApiAnswer
{
    /// <summary>Answers with JSON.</summary>
    /// <typeparam name="T">What is answered with.</typeparam>
    /// <param name="context">The request.</param>
    /// <param name="value">The answer.</param>
    /// <param name="type">How it is written.</param>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, "application/json", context.RequestAborted);

    /// <summary>Answers that a request is not answered (RFC 9457).</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="sentence">What happened and what to do.</param>
    public static Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ProblemView(status, sentence), ApiJson.Default.ProblemView, "application/problem+json", context.RequestAborted);
    }

    /// <summary>Reads a whole number of the query.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="most">The most it may be.</param>
    /// <param name="otherwise">What it is where it is left out.</param>
    /// <exception cref="FormatException">It is none, or out of its range; the message says so.</exception>
    public static long ReadNumber(HttpRequest request, string name, long least, long most, long otherwise)
    {
        string? text = request.Query[name];
        if (text is null)
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{name}' is a whole number from {least} to {most}."));
    }

    /// <summary>Reads a time of the query.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The parameter.</param>
    /// <returns>Null where it is left out.</returns>
    /// <exception cref="FormatException">It is none; the message says so.</exception>
    public static DateTimeOffset? ReadTime(HttpRequest request, string name)
    {
        string? text = request.Query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out DateTimeOffset time)
            ? time
            : throw new FormatException($"'{name}' is a time such as 2026-05-01T06:00:00Z.");
    }

    /// <summary>Answers a request whose words are wrong with what is wrong with them.</summary>
    /// <param name="next">Answers.</param>
    public static RequestDelegate RefuseWrongWords(RequestDelegate next) => async context =>
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (FormatException exception) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or JsonException && !context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, exception.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
    };
}
