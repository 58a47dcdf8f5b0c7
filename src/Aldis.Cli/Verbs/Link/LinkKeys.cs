using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;

namespace Aldis.Cli.Verbs.Link;

/// <summary>What a key does.</summary>
internal enum LinkKeyKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It changes what the link does.</summary>
    Change,

    /// <summary>It shows the keys.</summary>
    Help,

    /// <summary>It ends the link.</summary>
    End,
}

/// <summary>What a key does to a link that runs.</summary>
/// <param name="Kind">What.</param>
/// <param name="Change">The change; null where it is none.</param>
internal readonly record struct LinkKey(LinkKeyKind Kind, LinkChange? Change = null);

/// <summary>The keys of a link that runs at a terminal. Pure: who owns the board applies the change.</summary>
internal static class LinkKeys
{
    /// <summary>The keys, one a line.</summary>
    public static readonly IReadOnlyList<string> Help =
    [
        "l  more loss, L less     (0, 1, 2, 5, 10, 20, 30, 50, 75, 100 %)",
        "d  more delay, D less    (0, 10, 20, 50, 100, 200, 500, 1000, 2000 ms)",
        "c  cut: nothing passes   space  restore what there was at the start",
        "q  end                   ?  these keys",
    ];

    /// <summary>The keys in a line.</summary>
    public const string Short = "keys: l more loss, d more delay, c cut, space restore, ? all, q end";

    private static readonly double[] Losses = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
    private static readonly double[] DelaysMs = [0, 10, 20, 50, 100, 200, 500, 1000, 2000];

    /// <summary>Decides what a key does.</summary>
    /// <param name="key">The key.</param>
    /// <returns>What it does.</returns>
    public static LinkKey Of(char key) => key switch
    {
        'l' => Changes(static (_, now, _) => now with { Loss = Next(Losses, now.Loss) }),
        'L' => Changes(static (_, now, _) => now with { Loss = Last(Losses, now.Loss) }),
        'd' => Changes(static (_, now, _) => now with { Delay = TimeSpan.FromMilliseconds(Next(DelaysMs, now.Delay.TotalMilliseconds)) }),
        'D' => Changes(static (_, now, _) => now with { Delay = TimeSpan.FromMilliseconds(Last(DelaysMs, now.Delay.TotalMilliseconds)) }),
        'c' or 'C' => Changes(static (_, now, _) => now with { IsCut = true }),
        ' ' => Changes(static (_, _, initial) => initial),
        '?' or 'h' => new LinkKey(LinkKeyKind.Help),
        'q' or 'Q' => new LinkKey(LinkKeyKind.End),
        _ => default,
    };

    private static LinkKey Changes(LinkChange change) => new(LinkKeyKind.Change, change);

    // What lies beyond the last step stays.
    private static double Next(double[] steps, double now) => steps.FirstOrDefault(step => step > now, now);

    private static double Last(double[] steps, double now) => steps.LastOrDefault(step => step < now, now);
}
