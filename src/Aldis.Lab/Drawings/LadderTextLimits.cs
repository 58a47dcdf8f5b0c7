namespace Aldis.Lab.Drawings;

/// <summary>How much of a ladder is shown line by line.</summary>
/// <param name="Lines">Lines after which one line stands for many frames; 0 is without limit.</param>
/// <param name="Folds">Whether one line stands for a long time in which nothing goes wrong.</param>
/// <param name="FramesPerBlock">New frames that such a line stands for, at least 1.</param>
internal sealed record LadderTextLimits(int Lines, bool Folds, long FramesPerBlock)
{
    private const int LinesByDefault = 170;
    private const int Blocks = 20;
    private const int FoldsFrom = 30;

    /// <summary>Everything.</summary>
    public static readonly LadderTextLimits None = new(0, false, 1);

    /// <summary>What fits a few screens, whatever the number of frames.</summary>
    public static LadderTextLimits For(long frames) =>
        new(LinesByDefault, frames > FoldsFrom, Math.Max(1, (frames + Blocks - 1) / Blocks));
}
