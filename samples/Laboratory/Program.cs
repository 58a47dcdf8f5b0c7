// An experiment beside its theory, as text and as a page to step through. dotnet run
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

var settings = new LabSettings { Strategy = ArqMode.GoBackN, Window = 7, Frames = 40, Loss = 0.05 };
var steps = new PictureSteps();
LadderBuilder ladder = steps.CreateLadder(settings);
var run = new LabRun(settings, ladder);
run.Run();
ladder.Complete(run.NowNanoseconds);

LabSummary summary = LabSummary.Of(settings, run);
RunPicture.WriteText(Console.Out, summary, steps);
Console.WriteLine($"efficiency {100 * summary.Efficiency:0.00} %, theory {100 * summary.Theory.Efficiency:0.00} %");
using StreamWriter page = File.CreateText("ladder.html");
RunPicture.WriteHtml(page, summary, steps, "dotnet run");
