using System.Globalization;
using Aldis.Lab.Experiments;

namespace Aldis.Lab.Tests.Textbook;

/// <summary>The forms for selective repeat beside the simulation, at the 40 points. ALDIS_TEXTBOOK=full lets it run longer.</summary>
public sealed class FormTests(ITestOutputHelper output)
{
    private const double LargestError = 0.06; // what the laboratory says of its forms

    [Fact]
    public void The_form_for_selective_repeat_is_within_six_percent_at_forty_points()
    {
        bool isLong = Environment.GetEnvironmentVariable("ALDIS_TEXTBOOK") == "full";
        int frames = isLong ? 1_000_000 : 50_000;
        double chance = isLong ? 0.003 : 0.02;
        double largest = 0;
        foreach (TextbookPoint point in TextbookPoint.Grid())
        {
            LabTheory theory = LabTheory.For(point.Settings(frames, 1));
            double simulated = 8.0 * 1024 * frames / new TextbookSimulation(point, frames, 1).Run() * 1e9 / 10e6;
            double error = (theory.Efficiency / simulated) - 1;
            largest = Math.Max(largest, Math.Abs(error));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{theory.Form}, window {point.Window}, loss {point.Loss:P0} and {point.ReplyLoss:P0}, {point.DelayMs} ms, ")
                + string.Create(CultureInfo.InvariantCulture, $"time-out {point.TimeoutInCycles} cycles: {simulated:P3}, {error:P2}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largest error {largest:P2}"));
        Assert.InRange(largest, 0, LargestError + chance);
    }
}
