using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>What people and programs are told of a copy: sentences on stderr, events on stdout. One caller at a time.</summary>
/// <param name="console">Where people read.</param>
/// <param name="settings">What was asked for.</param>
/// <param name="events">Takes events; null without <c>--json</c>.</param>
internal sealed class CopyReport(CommandConsole console, CopySettings settings, JsonEvents? events) : IDisposable
{
    /// <summary>Of so many files each is told when it is confirmed; of more, none.</summary>
    public const int MostFilesTold = 10;

    /// <summary>What is not copied is told one by one up to here, and then as a number.</summary>
    private const int MostFailuresTold = 20;

    private readonly TextWriter _people = settings.IsQuiet ? TextWriter.Null : console.Error;
    private readonly LiveLine _live = new(console, settings.IsQuiet || settings.IsTraced);
    private int _failures;

    /// <summary>Takes events; null without <c>--json</c>.</summary>
    public JsonEvents? Events => events;

    /// <summary>Tells people something, beside the line.</summary>
    /// <param name="sentence">What.</param>
    public void Say(string sentence)
    {
        _live.Clear();
        _people.WriteLine("aldis: " + sentence);
    }

    /// <summary>There is a connection.</summary>
    /// <param name="failedTries">Tries that failed before it.</param>
    public void Connected(int failedTries)
    {
        if (failedTries > 1)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"connected again after {failedTries} tries"));
        }

        events?.Write("connected");
    }

    /// <summary>There is none any more.</summary>
    /// <param name="cause">Why, as a sentence.</param>
    /// <param name="pause">How long until another is tried.</param>
    /// <param name="failedTries">Tries that failed, this one among them: the first is told to people.</param>
    public void Interrupted(string cause, TimeSpan pause, int failedTries)
    {
        if (failedTries == 1)
        {
            Say(cause);
        }

        events?.Write("reconnecting", writer =>
        {
            writer.WriteString("reason", cause);
            writer.WriteNumber("seconds", pause.TotalSeconds);
        });
    }

    /// <summary>A part of a file is there from an earlier attempt.</summary>
    public void Resumed(CopiedFile file, long offset) => events?.Write("resumed", writer =>
    {
        file.Write(writer);
        writer.WriteNumber("offset", offset);
    });

    /// <summary>Such a part is of no use.</summary>
    public void Changed(CopiedFile file)
    {
        Say($"{file.Name} changed since the last attempt, and is copied from its beginning");
        events?.Write("changed", file.Write);
    }

    /// <summary>Something is not copied, and that is known here.</summary>
    /// <param name="file">What.</param>
    /// <param name="note">Why, as the end of a sentence that begins with its name, with its full stop.</param>
    /// <param name="isFailure">Whether it should have been copied.</param>
    public void Skipped(CopiedFile file, string note, bool isFailure)
    {
        SayOneOfMany($"{file.Name} {(isFailure ? string.Empty : "is left out: it ")}{note}");
        events?.Write(isFailure ? "failed" : "left-out", writer =>
        {
            file.Write(writer);
            writer.WriteString("reason", note);
        });
    }

    /// <summary>A file or link is there.</summary>
    /// <param name="file">Which.</param>
    /// <param name="outcome">How.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="isTold">Whether people are told of it by itself.</param>
    public void Confirmed(CopiedFile file, EntryOutcome outcome, long bytes, bool isTold)
    {
        if (isTold)
        {
            string how = outcome.WasThere ? "was there, the same" : "confirmed";
            string name = outcome.Name is null ? string.Empty : $" as {PrintableText.Escape(outcome.Name)}";
            string digest = outcome.Digest is { } known ? $", {KebabName.Of(settings.Digest)} {known}" : string.Empty;
            _live.Clear();
            _people.WriteLine($"{file.Name}: {Quantity.Bytes(bytes)}, {how}{name}{digest}");
        }

        events?.Write("confirmed", writer =>
        {
            file.Write(writer);
            writer.WriteNumber("length", bytes);
            writer.WriteBoolean("was_there", outcome.WasThere);
            if (outcome.Name is not null)
            {
                writer.WriteString("stored_as", outcome.Name);
            }

            if (outcome.Digest is { } digest)
            {
                writer.WriteString("digest", digest.ToString());
            }
        });
    }

    /// <summary>One is not taken.</summary>
    /// <param name="file">Which.</param>
    /// <param name="code">Why.</param>
    public void Refused(CopiedFile file, RefusalCode code)
    {
        string reason = file.Reason is null ? string.Empty : $": {file.Reason}";
        SayOneOfMany($"{file.Name} {RefusalText.Of(code, settings.Policy)}{reason}");
        events?.Write("refused", writer =>
        {
            file.Write(writer);
            writer.WriteString("cause", KebabName.Of(code));
        });
    }

    /// <summary>What a copy would do with a file, by what a comparison found.</summary>
    /// <param name="file">Which.</param>
    /// <param name="code">What was found; null where the same is there.</param>
    public void Foreseen(CopiedFile file, RefusalCode? code) => Say($"{file.Name} " + code switch
    {
        null => "is there already, the same",
        RefusalCode.Missing when file.IsDirectory => "would be made",
        RefusalCode.Missing => file.Length is { } bytes ? $"would be copied, {Quantity.Bytes(bytes)}" : "would be copied",
        RefusalCode.Differs when settings.Policy == ConflictPolicy.Rename => "would be stored under another name",
        RefusalCode.Differs when settings.Policy == ConflictPolicy.Overwrite => "would be replaced, where the server allows it",
        RefusalCode.Differs when settings.Policy == ConflictPolicy.Skip => "would be left alone",
        RefusalCode.Differs => "would be refused: exists",
        { } other => $"would be refused: {KebabName.Of(other)}",
    });

    /// <summary>Draws the line at the terminal.</summary>
    /// <param name="status">How far the copy is.</param>
    public void Draw(CopyStatus status) => _live.Show(() => CopyLine.Text(status, _live.Columns));

    /// <summary>Tells programs how far it is.</summary>
    /// <param name="status">How far the copy is.</param>
    public void Progress(CopyStatus status) => events?.Write("progress", writer =>
    {
        writer.WriteNumber("files", status.Files);
        writer.WriteNumber("total_files", status.TotalFiles);
        writer.WriteNumber("bytes", status.Bytes);
        if (status.TotalBytes is { } total)
        {
            writer.WriteNumber("total_bytes", total);
        }

        writer.WriteNumber("bytes_per_second", (long)status.Speed);
        if (status.Retransmissions is { } again)
        {
            writer.WriteNumber("packets_sent_again", again);
        }

        if (status.Standstill is { } why)
        {
            writer.WriteString("reason", why);
        }
    });

    /// <summary>Says what became of all of it.</summary>
    /// <param name="tally">What became of the files.</param>
    /// <param name="end">How far the copy was at its end.</param>
    /// <param name="sentBytes">Bytes of files that were sent.</param>
    /// <param name="interruptions">Connections that ended too soon, and tries that failed.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Summarize(CopyTally tally, CopyStatus end, long sentBytes, long interruptions, TimeSpan elapsed)
    {
        events?.Write("summary", writer =>
        {
            writer.WriteNumber("files", end.TotalFiles);
            writer.WriteNumber("confirmed", tally.Confirmed);
            writer.WriteNumber("length", tally.ConfirmedBytes);
            writer.WriteNumber("were_there", tally.WereThere);
            writer.WriteNumber("refused", tally.Refused);
            writer.WriteNumber("failed", tally.Failed);
            writer.WriteNumber("left_out", tally.LeftOut);
            writer.WriteNumber("sent_bytes", sentBytes);
            writer.WriteNumber("resumed_bytes", end.ResumedBytes);
            writer.WriteNumber("chunks_hashed", end.ChunksHashed);
            writer.WriteNumber("chunks_hashed_again", end.ChunksHashedAgain);
            writer.WriteNumber("interruptions", interruptions);
            if (end.Retransmissions is { } again)
            {
                writer.WriteNumber("packets_sent_again", again);
            }

            writer.WriteNumber("seconds", elapsed.TotalSeconds);
        });
        if (_failures > MostFailuresTold)
        {
            Say($"and {Quantity.Count(_failures - MostFailuresTold)} more; --json tells each");
        }

        if (settings.IsDryRun)
        {
            return;
        }

        string[] parts =
        [
            $"{Files(tally.Confirmed)} {(settings.IsVerified ? "the same" : "confirmed")}, {Quantity.Bytes(tally.ConfirmedBytes)}",
            settings.IsVerified ? string.Empty : Some(tally.WereThere, "were there"),
            end.ResumedBytes > 0 ? $"{Quantity.Bytes(end.ResumedBytes)} from an earlier attempt" : string.Empty,
            Some(tally.Refused, settings.IsVerified ? "missing or another" : "refused"),
            Some(tally.Failed, "not copied"),
            Some(tally.LeftOut, "left out"),
            Some(end.Retransmissions ?? 0, "packets sent again"),
        ];
        string pace = sentBytes > 0 ? $" ({Quantity.Bytes(sentBytes / Math.Max(elapsed.TotalSeconds, 1e-9))}/s)" : string.Empty;
        _people.WriteLine($"{string.Join(", ", parts.Where(static part => part.Length > 0))} in {Quantity.Duration(elapsed)}{pace}");
        if (end.TotalFiles > end.Files)
        {
            _people.WriteLine($"{Files(end.TotalFiles - end.Files)} not settled: the same command goes on where it was.");
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose() => _live.Dispose();

    private static string Some(long count, string what) => count > 0 ? $"{Quantity.Count(count)} {what}" : string.Empty;

    private static string Files(long count) => $"{Quantity.Count(count)} file{(count == 1 ? string.Empty : "s")}";

    private void SayOneOfMany(string sentence)
    {
        if (++_failures <= MostFailuresTold)
        {
            Say(sentence);
        }
    }
}
