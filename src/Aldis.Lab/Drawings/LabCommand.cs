using System.Globalization;
using System.Text;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Drawings;

/// <summary>The command that makes an experiment again, with everything that decides it.</summary>
internal static class LabCommand
{
    private const double NsPerMillisecond = 1e6;

    /// <summary>Writes the command of a run.</summary>
    /// <param name="settings">The experiment.</param>
    /// <param name="inputPath">The file that is sent, or null.</param>
    /// <param name="scriptPath">The scene, which says what is sent when and what is lost; or null.</param>
    public static string Of(LabSettings settings, string? inputPath = null, string? scriptPath = null)
    {
        var command = new StringBuilder("aldis lab --strategy ").Append(LabWords.Strategy(settings.Strategy));
        command.Append(scriptPath is null ? string.Empty : $" --script {Quoted(scriptPath)}");
        command.Append(settings.Scene is { Writings.Count: > 0 } ? string.Empty
            : inputPath is null ? Text($" --frames {settings.Frames}") : $" --input {Quoted(inputPath)}");
        LabSettings unscripted = scriptPath is null ? settings : settings with { KilledTransmissions = [], KilledAcknowledgements = [] };
        AppendLink(command, unscripted, hasWindow: settings.Strategy != ArqMode.StopAndWait);
        return command.ToString();
    }

    /// <summary>Writes the command of a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="specification">What <c>--sweep</c> was given.</param>
    public static string Of(LabSweep sweep, string specification)
    {
        var command = new StringBuilder($"aldis lab --sweep {specification}");
        command.Append(Text($" --frames {sweep.Basis.Frames}"));
        AppendLink(command, sweep.Basis, hasWindow: true, sweep.Parameter);
        return command.ToString();
    }

    private static void AppendLink(StringBuilder command, LabSettings settings, bool hasWindow, SweepParameter? swept = null)
    {
        Append(swept != SweepParameter.FrameSize, $" --frame-size {settings.FrameSize}");
        Append(settings.HeaderSize != LabSettings.HeaderSizeByDefault, $" --header {settings.HeaderSize}");
        Append(settings.AcknowledgementSize is not null, $" --ack-size {settings.AcknowledgementSize}");
        Append(hasWindow && swept != SweepParameter.Window, $" --window {settings.WindowFrames}");
        Append(settings.SequenceBits is not null, $" --sequence-bits {settings.SequenceBits}");
        Append(true, $" --rate {Rate(settings.BitsPerSecond)}");
        Append(swept != SweepParameter.Delay, $" --delay {Milliseconds(settings.DelayNanoseconds)}");
        Append(settings.ProcessingNanoseconds > 0, $" --processing {Milliseconds(settings.ProcessingNanoseconds)}");
        Append(settings.KilledTransmissions.Count + settings.KilledAcknowledgements.Count > 0, $" --kill {LabKills.Text(settings)}");
        Append(swept != SweepParameter.Loss, $" --loss {Percentage(settings.Loss)}");
        Append(
            swept == SweepParameter.Loss ? settings.AcknowledgementLoss is not null : settings.ReplyLoss != settings.Loss,
            $" --ack-loss {Percentage(settings.ReplyLoss)}");
        Append(settings.Corrupt > 0, $" --corrupt {Percentage(settings.Corrupt)}");
        Append(settings.Duplicate > 0, $" --duplicate {Percentage(settings.Duplicate)}");
        Append(settings.Reorder > 0, $" --reorder {Percentage(settings.Reorder)}");
        Append(
            true,
            $" --timeout {(settings.TimeoutNanoseconds == 0 ? "auto" : Milliseconds(settings.TimeoutNanoseconds))}");
        Append(settings.Answers != AnswerKind.Selective, $" --acks {KebabName.Of(settings.Answers)}");
        Append(settings.RestartsTimer, $" --timer restart");
        Append(true, $" --seed {settings.Seed}");

        void Append(bool isTold, FormattableString option)
        {
            if (isTold)
            {
                command.Append(Text(option));
            }
        }
    }

    private static string Rate(long bitsPerSecond) => bitsPerSecond switch
    {
        _ when bitsPerSecond % 1_000_000_000 == 0 => Text($"{bitsPerSecond / 1_000_000_000}Gbit"),
        _ when bitsPerSecond % 1_000_000 == 0 => Text($"{bitsPerSecond / 1_000_000}Mbit"),
        _ when bitsPerSecond % 1_000 == 0 => Text($"{bitsPerSecond / 1_000}kbit"),
        _ => Text($"{bitsPerSecond}bit"),
    };

    private static string Milliseconds(long nanoseconds) => Text($"{nanoseconds / NsPerMillisecond:0.######}ms");

    private static string Percentage(double share) => Text($"{share * 100:0.##########}%");

    /// <summary>As a shell reads it back.</summary>
    private static string Quoted(string path) => path.All(static c => char.IsAsciiLetterOrDigit(c) || "._-/+".Contains(c))
        ? path
        : "'" + path.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
