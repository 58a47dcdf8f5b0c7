using System.Globalization;
using System.Text;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Text;
using Aldis.Protocols.Tracing;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>The laboratory: the real engine, run for who asks.</summary>
internal static class LabApi
{
    private const int MostEvents = 200_000;
    private const int MostSteps = 1500;
    private const int StripCells = 24;

    /// <summary>Runs an experiment.</summary>
    /// <param name="request">Its query, as <see cref="LabRequest.Read"/> takes it, and <c>narrow=1</c> for a small screen.</param>
    /// <exception cref="FormatException">A word is wrong; the message says which.</exception>
    public static LabView Run(HttpRequest request)
    {
        (LabSummary summary, LadderPicture picture) = Draw(request);
        SvgLadder ladder = SvgLadder.Of(picture, request.Query["narrow"] == "1" ? LadderGeometry.Narrow : LadderGeometry.Wide);
        using var svg = new StringWriter(CultureInfo.InvariantCulture);
        ladder.WriteInside(svg, "ladder");
        var sender = new SenderKnowledge(picture.WindowFrames, picture.Frames);
        var receiver = new ReceiverKnowledge(picture.Frames);
        (string senderAtFirst, string stripAtFirst, string receiverAtFirst) = (sender.Sentence(), Strip(sender), receiver.Sentence());
        var moments = new List<LabMomentView>();
        long acknowledgements = 0;
        for (int part = 0; part < ladder.Moments.Count; part++)
        {
            LadderMoment moment = ladder.Moments[part];
            acknowledgements += IsDeparture(moment) && moment.Step.Kind == LadderStepKind.Acknowledgement ? 1 : 0;
            (string seen, string hidden) = picture.Explain(moment);
            bool isNewToSender = sender.Take(moment);
            bool isNewToReceiver = receiver.Take(moment);
            if (LadderWords.IsShown(moment))
            {
                moments.Add(new LabMomentView(
                    part,
                    picture.Clock.Text(moment.TimeNanoseconds),
                    SideOf(moment),
                    LadderWords.Line(moment),
                    seen,
                    string.Join(". ", new[] { LadderWords.Aside(moment), hidden }.Where(static words => words.Length > 0)),
                    KillOf(moment, acknowledgements),
                    isNewToSender ? sender.Sentence() : null,
                    isNewToSender ? Strip(sender) : null,
                    isNewToReceiver ? receiver.Sentence() : null));
            }
        }

        return new LabView(
            picture.Heading,
            picture.Remarks,
            picture.Command,
            summary.Outcome == LabOutcome.GaveUp ? "given-up" : KebabName.Of(summary.Outcome),
            summary.Efficiency,
            summary.Theory.Efficiency,
            [.. picture.Facts.Select(static fact => new LabFactView(fact.Name, fact.Value))],
            senderAtFirst,
            stripAtFirst,
            receiverAtFirst,
            moments,
            svg.ToString());
    }

    /// <summary>Answers with the picture of an experiment as a file that needs nothing else.</summary>
    /// <param name="context">The request; its query as <see cref="LabRequest.Read"/> takes it, and <c>form</c>.</param>
    /// <exception cref="FormatException">A word is wrong; the message says which.</exception>
    public static async Task WritePictureAsync(HttpContext context)
    {
        (string type, string extension, Action<TextWriter, LadderPicture> write) = context.Request.Query["form"].ToString() switch
        {
            "" or "svg" => ("image/svg+xml", "svg", new Action<TextWriter, LadderPicture>(SvgLadder.Write)),
            "html" => ("text/html; charset=utf-8", "html", HtmlLadder.Write),
            "mermaid" => ("text/plain; charset=utf-8", "mmd", MermaidLadder.Write),
            _ => throw new FormatException("'form' is 'svg', 'html' or 'mermaid'."),
        };
        (_, LadderPicture picture) = Draw(context.Request);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        write(text, picture);
        context.Response.ContentType = type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"ladder.{extension}\"";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), context.RequestAborted).ConfigureAwait(false);
    }

    private static (LabSummary Summary, LadderPicture Picture) Draw(HttpRequest request)
    {
        LabSettings settings = LabRequest.Read(request);
        var steps = new PictureSteps(MostSteps);
        LadderBuilder ladder = steps.CreateLadder(settings);
        LabRun run;
        try
        {
            run = new LabRun(settings, ladder);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new FormatException(exception.Message, exception);
        }

        _ = run.Advance(MostEvents);
        ladder.Complete(run.NowNanoseconds);
        LabSummary summary = LabSummary.Of(settings, run);
        return (summary, RunPicture.Of(summary, steps, LabCommand.Of(settings)));
    }

    private static string Strip(SenderKnowledge sender) => string.Create(
        CultureInfo.InvariantCulture, $"{sender.Origin(StripCells)}:{sender.Strip(StripCells)}");

    private static string SideOf(LadderMoment moment) => moment.Side switch
    {
        TraceSide.Client => "sender",
        TraceSide.Server => "receiver",
        _ => "link",
    };

    private static string? KillOf(LadderMoment moment, long acknowledgements) => !IsDeparture(moment) ? null : moment.Step.Kind switch
    {
        LadderStepKind.Frame => string.Create(CultureInfo.InvariantCulture, $"data:{moment.Step.PacketNumber}"),
        LadderStepKind.Acknowledgement => string.Create(CultureInfo.InvariantCulture, $"ack:{acknowledgements}"),
        _ => null,
    };

    /// <summary>Whether something leaves that can be lost; a second copy is the link's own.</summary>
    private static bool IsDeparture(LadderMoment moment) => moment is { Kind: LadderMomentKind.Departure, Step.IsLinkCopy: false };
}
