using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>How the objects of one type are copied field by field and which objects they lead to, compiled once.</summary>
internal sealed class GraphType
{
    /// <summary>Of a long buffer this much is kept: no stream of the explorer is longer, and nothing else is read before it is
    /// written.</summary>
    private const int KeptBytes = 64;

    private static readonly ConcurrentDictionary<Type, GraphType> Known = new(1, 97);

    /// <summary>Never changed once made, or a buffer that is empty between steps.</summary>
    private static readonly HashSet<Type> Constants =
    [
        typeof(string), typeof(ConnectionOptions), typeof(EndpointOptions), typeof(WaitingDatagram), typeof(StreamPattern),
        typeof(ExplorerSetup), typeof(StateHash),
    ];

    private static readonly HashSet<string> ConstantNames = ["CookieJar", "Reply[]"];

    private readonly Type _type;

    private GraphType(Type type)
    {
        _type = type;
        IsConstant = Constants.Contains(type) || ConstantNames.Contains(type.Name) || typeof(Delegate).IsAssignableFrom(type)
            || typeof(Type).IsAssignableFrom(type) || type.Name.Contains("Comparer", StringComparison.Ordinal);
        if (IsConstant || type.IsArray)
        {
            Copy = CopyArray;
            bool leadsOn = !IsConstant && !type.GetElementType()!.IsValueType && !Constants.Contains(type.GetElementType()!);
            Visit = leadsOn ? VisitElements : static (_, _) => { };
            LeadsToTheSame = leadsOn ? HaveSameElements : static (_, _) => true;
            return;
        }

        Copy = CompileCopy(type);
        Visit = CompileVisit(type);
        LeadsToTheSame = CompileComparison(type);
    }

    public bool IsConstant { get; }

    /// <summary>Copies all that can change from the first object to the second.</summary>
    public Action<object, object> Copy { get; }

    /// <summary>Shows the snapshot every object that the first refers to.</summary>
    public Action<object, GraphSnapshot> Visit { get; }

    /// <summary>Whether an object still refers to what its copy refers to.</summary>
    public Func<object, object, bool> LeadsToTheSame { get; }

    public static GraphType Of(object value) => Known.GetOrAdd(value.GetType(), static type => new GraphType(type));

    /// <summary>All instance fields, those of base types included.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            foreach (FieldInfo field in level.GetFields(All))
            {
                yield return field;
            }
        }
    }

    /// <summary>Makes an object to copy into.</summary>
    public object Make(object like) => like is Array array ? array.Clone() : RuntimeHelpers.GetUninitializedObject(_type);

    /// <summary>Whether an object can take the copy of another.</summary>
    public bool Fits(object value, object copy) =>
        copy.GetType() == _type && (value is not Array array || array.Length == ((Array)copy).Length);

    private static void CopyArray(object from, object to)
    {
        var source = (Array)from;
        Array.Copy(source, (Array)to, from is byte[]? Math.Min(KeptBytes, source.Length) : source.Length);
    }

    private static void VisitElements(object array, GraphSnapshot snapshot)
    {
        foreach (object? element in (object?[])array)
        {
            snapshot.Visit(element);
        }
    }

    private static bool HaveSameElements(object one, object other)
    {
        ReadOnlySpan<object?> elements = (object?[])one;
        ReadOnlySpan<object?> others = (object?[])other;
        for (int i = 0; i < elements.Length; i++)
        {
            if (!ReferenceEquals(elements[i], others[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static Action<object, object> CompileCopy(Type type)
    {
        ParameterExpression from = Expression.Parameter(typeof(object));
        ParameterExpression to = Expression.Parameter(typeof(object));
        List<Expression> body = [Expression.Empty()];
        body.AddRange(FieldsOf(type)
            .Where(field => !field.IsInitOnly)
            .Select(field => Expression.Assign(
                Expression.Field(Expression.Convert(to, type), field), Expression.Field(Expression.Convert(from, type), field))));
        return Expression.Lambda<Action<object, object>>(Expression.Block(typeof(void), body), from, to).Compile();
    }

    private static Action<object, GraphSnapshot> CompileVisit(Type type)
    {
        ParameterExpression value = Expression.Parameter(typeof(object));
        ParameterExpression snapshot = Expression.Parameter(typeof(GraphSnapshot));
        List<Expression> body = [Expression.Empty()];
        body.AddRange(FieldsOf(type).SelectMany(field => References(Expression.Convert(value, type), field))
            .Select(reference => Expression.Call(snapshot, nameof(GraphSnapshot.Visit), null, reference)));
        return Expression.Lambda<Action<object, GraphSnapshot>>(Expression.Block(typeof(void), body), value, snapshot).Compile();
    }

    private static Func<object, object, bool> CompileComparison(Type type)
    {
        ParameterExpression one = Expression.Parameter(typeof(object));
        ParameterExpression other = Expression.Parameter(typeof(object));
        Expression same = FieldsOf(type)
            .Where(field => !field.IsInitOnly)
            .SelectMany(field => References(Expression.Convert(one, type), field)
                .Zip(References(Expression.Convert(other, type), field), Expression.ReferenceEqual))
            .Aggregate((Expression)Expression.Constant(true), Expression.AndAlso);
        return Expression.Lambda<Func<object, object, bool>>(same, one, other).Compile();
    }

    /// <summary>The reference that a field holds, or those within the structure that it holds.</summary>
    private static IEnumerable<Expression> References(Expression value, FieldInfo field)
    {
        Type held = field.FieldType;
        Expression content = Expression.Field(value, field);
        if (!held.IsValueType)
        {
            return [content];
        }

        return held.IsPrimitive || held.IsEnum ? [] : FieldsOf(held).SelectMany(inner => References(content, inner));
    }
}
