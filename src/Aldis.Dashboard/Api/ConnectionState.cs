using System.Globalization;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>What a connection is at, in words, from what it counts of itself.</summary>
/// <param name="Words">A clause about it for people.</param>
/// <param name="AwaitsWhom"><c>client</c>, <c>server</c>, or <c>nobody</c> where it goes on or rests.</param>
internal readonly record struct ConnectionState(string Words, string AwaitsWhom)
{
    private const string Client = "client";
    private const string Server = "server";
    private const string Nobody = "nobody";

    /// <summary>Below this a wait is the usual pause between two packets.</summary>
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(2);

    /// <summary>Says what a connection is at: what holds up everything else comes first.</summary>
    /// <param name="now">What it counts.</param>
    /// <param name="receivedBytes">Bytes it has received so far.</param>
    public static ConnectionState Of(in ConnectionSituation now, long receivedBytes)
    {
        bool isQuiet = now.Quiet >= Noticeable;
        return now switch
        {
            { Stop: StopCause.Draining } => new("finishes what is under way, because the server stops", Server),
            { Stop: StopCause.Disconnected } => new("finishes what is under way, because it was ended here", Server),
            { Stop: StopCause.Revoked } => new("finishes what is under way, because its token counts no longer", Server),
            { Stop: not StopCause.None } => new("is being ended: it did not go on in time", Server),
            { AwaitsMemory: true } => new($"is not read, to save memory, {Age(now.Quiet)}", Server),
            { AwaitsReader: true, File: null } when isQuiet =>
                new($"is not reading its answers, {Size(now.UnreadBytes)} wait, {Age(now.Quiet)}", Client),
            { WaitingMessages: > 0 } when isQuiet => new($"waits for the disk, {Count(now.WaitingMessages, "message")}, {Age(now.Quiet)}", Server),
            { WaitingMessages: > 0 } => new($"{Count(now.WaitingMessages, "message")} on the way to the disk", Nobody),
            { MissingBytes: > 0 } when isQuiet => new($"waits for the rest of a message, {Size(now.MissingBytes)}, {Age(now.Quiet)}", Client),
            { MissingBytes: > 0 } => new($"receives a message, {Size(now.MissingBytes)} to come", Nobody),
            { HeaderAge: { } age } => new($"waits for the rest of a header, {Age(age)}", Client),
            { File: { } file } => OfFile(file, now.Quiet),
            { AwaitsReader: true } => new($"sends, {Size(now.UnreadBytes)} under way", Nobody),
            _ when receivedBytes == 0 => new($"has said nothing yet, {Age(now.Quiet)}", Client),
            _ when isQuiet => new($"idle, {Age(now.Quiet)}", Nobody),
            _ => new("in conversation", Nobody),
        };
    }

    private static ConnectionState OfFile(FileIntake file, TimeSpan quiet)
    {
        string progress = file.TotalBytes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * file.DoneBytes / file.TotalBytes:0.#} %")
            : Size(file.DoneBytes);
        return (quiet >= Noticeable, file.Settled == file.Files) switch
        {
            (_, true) => new($"has sent {Count(file.Files, "file")}", Nobody),
            (true, _) => new($"waits for the rest of a file, {progress} are here, {Age(quiet)}", Client),
            _ => new(file.Files == 1 ? $"receives a file, {progress}" : $"receives file {file.Settled + 1} of {file.Files}, {progress}", Nobody),
        };
    }

    private static string Age(TimeSpan age) =>
        age < TimeSpan.FromMinutes(2) ? string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalSeconds} s")
        : age < TimeSpan.FromHours(2) ? string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalMinutes} min")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalHours} h");

    private static string Size(long bytes) => bytes switch
    {
        1 => "1 byte",
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.#} GiB"),
    };

    private static string Count(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? string.Empty : "s")}");
}
