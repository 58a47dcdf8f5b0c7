using System.CommandLine;
using Aldis.Cli.Verbs.Lab;
using Aldis.Lab.Experiments;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis lab</c>: the strategies at work on a virtual link, beside the theory.</summary>
internal static class LabVerb
{
    public const string Examples = """
        Examples:
          aldis lab                                                        stop-and-wait, 20 frames, 10 % loss
          aldis lab --explain                                              the same, with a paragraph for each event
          aldis lab --strategy go-back-n --window 8                        a whole window goes again
          aldis lab --strategy selective-repeat --window 8                 only what is missing goes again
          aldis lab --timeout 80ms --loss 0                                a timer shorter than the round trip
          aldis lab --frames 60000 --loss 22%                              long enough to meet the closed form
          aldis lab --kill data:1,ack:2                                    a scene: exactly these are lost
          aldis lab --strategy go-back-n --window 3 --sequence-bits 2      frame numbers 0 to 3; --window 4 would be one too many
          aldis lab --input photo.jpg --corrupt 20% --duplicate --reorder  a real file over a bad link
          aldis lab --strategy go-back-n --html ladder.html                a page to step through; --svg FILE is a picture
          aldis lab --svg ladder.svg --to-scale                            a picture with time in proportion
          aldis lab --sweep loss=0..30% --svg loss.svg                     all three strategies over the loss
          aldis lab --best --loss 1%                                       frame size and window for a link
          aldis lab --exercise lost-frame --student ada                    an exercise with figures of her own; --answer is for the teacher
          aldis lab --peer sender --listen 127.0.0.1:9000                  a program of yours sends, and is judged; see docs/lab.md
          aldis lab --json | aldis lab --grade -                           was the strategy followed? rule by rule
          aldis lab --json | tail -n 1                                     the summary, for programs
        """;

    private const string Explanation = """
        Run the engine of arq:// on a virtual link, and see what it does.

        No network is used (but with --peer) and no time is waited for: the clock is virtual, and the same options give the same output to
        the byte.
        Each line of the ladder is one moment, and time never goes back: an arrow leaves in one line and arrives in a later one.
        Loss begins after the connection is open. Time runs from the first frame to the last acknowledgement, and
        efficiency is payload bits / (time × rate). Every frame has a number, and every transmission another (#).
        ACK n says: everything before frame n arrived.
        """;

    public static Command Create(VerbContext context)
    {
        var experiment = new LabOptions();
        var views = new LabViewOptions();
        var forClass = new LabClassOptions();
        var input = new Option<string?>("--input")
        {
            HelpName = "FILE",
            Description = "send this file and compare what arrives; - is stdin",
        };
        var script = new Option<string?>("--script")
        {
            HelpName = "FILE",
            Description = "a scene in lines: options without dashes, what is sent when, what is lost, held, doubled, damaged (docs/lab.md)",
        };
        var explain = new Option<bool>("--explain") { Description = "say in plain words what happens, and what each side knows" };
        var all = new Option<bool>("--all") { Description = "show every line; otherwise repetition is folded" };
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        quiet.Description = "print the table without the ladder, or the marks alone";
        var verb = new Command("lab", Explanation);
        foreach (Option option in experiment.All.Concat(views.All).Concat(forClass.All).Concat([input, script, explain, all, json, quiet]))
        {
            verb.Options.Add(option);
        }

        verb.SetAction(call => context.RunAsync(call.GetValue(json), isTimed: false, body: async events =>
        {
            VerbContext shown = views.ContextOf(context, call);
            if (forClass.AreGiven(call))
            {
                return await forClass.RunAsync(shown, call, experiment, call.GetValue(quiet), events);
            }

            string? path = call.GetValue(input);
            string? scriptPath = call.GetValue(script);
            if (views.AsksForManyRuns(call))
            {
                if (scriptPath is not null)
                {
                    throw new UsageException("--script is for one run; --sweep and --best make many.");
                }

                return path is null
                    ? views.Run(shown, call, experiment, events)
                    : throw new UsageException("--input is for one run; --sweep and --best send a pattern of their own.");
            }

            using FilePayload? file = path is null ? null : await FilePayload.OpenAsync(path, context.Console.Input, context.Interruption);
            LabScript? scene = scriptPath is null ? null
                : await LabScript.OpenAsync(scriptPath, verb, experiment.All, context.Interruption);
            LabSettings settings = experiment.Read(scene?.Merge(call) ?? call, file?.Length, scene);
            using LabPictures? pictures = views.PicturesOf(call, settings, (path, scriptPath), call.GetValue(json));
            var show = new LabShow(call.GetValue(json), call.GetValue(explain), call.GetValue(all), call.GetValue(quiet))
            {
                Pictures = pictures,
            };
            return LabSession.Run(shown, settings, show, file, events);
        }));
        return verb;
    }
}
